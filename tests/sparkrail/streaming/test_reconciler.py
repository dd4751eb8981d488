"""What one wake after the other makes of a stream."""


def test_a_new_stream_is_started_once(stream):
    stream.reconcile("deploy")

    row = stream.runs_at(1).row()
    assert (row["state"], row["generation"], row["version"]) == ("RUNNING", "1", "aaaaaaaa")
    assert "Next" not in stream.reconcile()
    assert stream.runs() == [("1", "RUNNING")]
    assert stream.row("lease") == {}


def test_a_new_stream_waits_for_a_person_where_streams_wait(make_stream):
    stream = make_stream(streams="wait").deploy()

    stream.reconcile("deploy")
    stream.reconcile()

    assert (stream.row()["state"], stream.runs()) == ("WAITING", [])
    stream.reconcile("resume")
    assert stream.runs_at(1).row()["state"] == "RUNNING"


def test_it_can_be_resumed_before_any_wake_has_looked(make_stream):
    stream = make_stream(streams="wait").deploy()

    stream.reconcile("resume")

    assert stream.runs_at(1).row()["state"] == "RUNNING"


def test_a_paused_stream_drains_and_goes_on_when_the_pause_ends(stream):
    stream.reconcile()
    stream.runs_at(1).pause()

    stream.reconcile("pause")

    assert (stream.row()["state"], stream.runs()) == ("PAUSED", [("1", "SUCCESS")])
    assert "jobRun" not in stream.row()
    stream.reconcile()
    assert stream.live() == []
    stream.unpause()
    stream.reconcile("resume")
    assert stream.runs_at(2).live() == ["2"]


def test_a_version_that_commits_is_kept_as_the_good_one(stream):
    stream.reconcile()
    stream.runs_at(1).commits_at(1)

    stream.reconcile()

    row = stream.row()
    assert row["goodVersion"] == "aaaaaaaa"
    assert '"ApplicationId"' in row["good"]
    assert "Commits" not in stream.reconcile()


def test_the_commit_of_another_generation_is_none_of_this_one(stream):
    stream.reconcile()
    stream.runs_at(1)
    key = "streams/sales_stream/committed/10"
    stream.s3.put_object(Bucket=stream.bucket, Key=key, Body=b"")

    stream.reconcile()

    assert "goodVersion" not in stream.row()


def test_another_version_replaces_the_one_that_runs(stream):
    stream.reconcile()
    stream.runs_at(1).deploy("bbbbbbbb")

    stream.reconcile("deploy")

    assert stream.runs_at(2).row()["version"] == "bbbbbbbb"
    assert stream.runs() == [("1", "SUCCESS"), ("2", "RUNNING")]
    assert stream.most_at_once() == 1


def test_one_that_does_not_stop_by_itself_is_cancelled(stream):
    stream.tell("aaaaaaaa", "deaf")
    stream.deploy(seconds=0).reconcile()
    stream.runs_at(1).deploy("bbbbbbbb", seconds=0)

    stream.reconcile("deploy")

    assert stream.runs_at(2).runs() == [("1", "CANCELLED"), ("2", "RUNNING")]


def test_a_stream_that_fell_is_started_again(stream):
    stream.reconcile()
    stream.runs_at(1).commits_at(1).fails(1)

    stream.reconcile("run")

    assert stream.runs_at(2).row()["restarts"] == "0"
    assert stream.row()["goodVersion"] == "aaaaaaaa"
    assert stream.told() == []


def test_what_cannot_be_helped_by_a_restart_waits_for_a_person(stream):
    stream.reconcile()
    stream.runs_at(1).fails(1, "refuse")

    stream.reconcile("run")
    stream.reconcile()

    row = stream.row()
    assert (row["state"], row["why"]) == ("FAILED", "generation 1 is refused")
    (message,) = stream.told()
    assert message["Subject"] == "acme-dev-sales_stream failed"
    for word in ("generation 1 is refused", "sparkrail logs", "sparkrail resume sales_stream"):
        assert word in message["Message"]
    assert stream.live() == []
    stream.reconcile("resume")
    assert stream.runs_at(2).row()["state"] == "RUNNING"
    assert "why" not in stream.row()


def test_the_fourth_end_without_a_commit_is_the_last(stream):
    stream.tell("aaaaaaaa", "crash")
    for generation in range(1, 5):
        stream.reconcile("run")
        stream.until(lambda name=str(generation): (name, "FAILED") in stream.runs())

    stream.reconcile("run")

    assert stream.row()["state"] == "FAILED"
    assert "4 times before its first commit" in stream.row()["why"]
    assert len(stream.runs()) == 4


def test_a_bad_version_gives_way_to_the_good_one(stream):
    stream.reconcile()
    stream.runs_at(1).commits_at(1)
    stream.tell("bbbbbbbb", "crash")
    stream.reconcile()
    stream.deploy("bbbbbbbb").reconcile("deploy")
    stream.until(lambda: ("2", "FAILED") in stream.runs())

    stream.reconcile("run")

    row = stream.runs_at(3).row()
    assert (row["version"], row["badVersion"]) == ("aaaaaaaa", "bbbbbbbb")
    assert row["why"] == "generation 2 crashed"
    (message,) = stream.told()
    assert "version bbbbbbbb failed before its first commit" in message["Message"]
    stream.reconcile()
    assert stream.live() == ["3"]
    stream.deploy("cccccccc").reconcile("deploy")
    assert stream.runs_at(4).row()["version"] == "cccccccc"
    assert stream.most_at_once() == 1


def test_a_bad_version_is_tried_again_when_a_person_says_so(stream):
    stream.reconcile()
    stream.runs_at(1).commits_at(1)
    stream.tell("bbbbbbbb", "crash")
    stream.reconcile()
    stream.deploy("bbbbbbbb").reconcile("deploy")
    stream.until(lambda: ("2", "FAILED") in stream.runs())
    stream.reconcile("run")
    stream.runs_at(3).tell("bbbbbbbb", "commit")

    stream.reconcile("resume")

    assert stream.runs_at(4).row()["version"] == "bbbbbbbb"
    assert "badVersion" not in stream.row()


def test_a_version_that_is_refused_gives_way_to_the_good_one(stream):
    """EMR Serverless refuses what it is told to start."""
    stream.reconcile()
    stream.runs_at(1).commits_at(1)
    stream.reconcile()

    def wrong(states):
        states["Desired"]["Result"]["payload"]["RetryPolicy"] = {"MaxFailedAttemptsPerHour": 11}

    stream.deploy("bbbbbbbb", change=wrong).reconcile("deploy")

    row = stream.runs_at(3).row()
    assert (row["version"], row["badVersion"]) == ("aaaaaaaa", "bbbbbbbb")
