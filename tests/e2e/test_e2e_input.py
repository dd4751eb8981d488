"""What a run does with its input: refuses what it cannot read, counts the rest, repeats nothing."""

import gzip

import pytest
from e2e_checkout import HOSPITAL, write_export

pytestmark = pytest.mark.slow
TABLE = "health.state_month"
GOOD = "state,date,inpatient_beds_utilization_numerator,inpatient_beds_utilization_denominator\n"
CUT_OFF = gzip.compress((GOOD + "ID,2021/12/10,1,2\n" * 9999).encode())[:-20]


@pytest.fixture(scope="module")
def published(checkout, tmp_path_factory):
    """A good run, 1 % of its dates unreadable: its file, and how it ended."""
    file = write_export(tmp_path_factory.mktemp("good") / "export.csv", 1000, unreadable=10)
    return file, checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "good")


def content(checkout):
    return checkout.rows(f"SELECT * FROM {TABLE} ORDER BY state, month")


def test_one_unreadable_date_in_a_hundred_is_counted_and_kept_aside(checkout, published):
    _, ended = published

    refused = checkout.rows(f"SELECT reason, line, raw FROM {TABLE}_quarantine ORDER BY line")

    assert ended.code == 0, ended.err
    rows = ended.document["rows"]
    assert rows == {"read": 1000, "used": 990, "excluded": 0, "quarantined": 10, "written": 3}
    assert [row["line"] for row in refused] == list(range(2, 12))
    assert refused[0]["raw"] == "ID,soon,0,100"
    assert "soon" in refused[0]["reason"]


@pytest.mark.usefixtures("published")
def test_a_damaged_file_is_refused_and_nothing_written(checkout, tmp_path):
    before = content(checkout), checkout.snapshot(TABLE), checkout.snapshot(f"{TABLE}_quarantine")
    file = tmp_path / "cut.csv.gz"
    file.write_bytes(CUT_OFF)

    ended = checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "cut")

    assert ended.code == 2
    assert ended.document["state"] == "FAILED"
    assert ended.document["rows"] is None
    assert ended.document["error"]["type"] == "InputRefused"
    assert "cut.csv.gz" in ended.document["error"]["message"]
    assert "cut off" in ended.document["error"]["message"]
    assert ended.document["error"]["next"] == f"./sparkrail logs {HOSPITAL}/cut"
    assert checkout.lock_of(HOSPITAL) is None
    assert before == (
        content(checkout),
        checkout.snapshot(TABLE),
        checkout.snapshot(f"{TABLE}_quarantine"),
    )


@pytest.mark.usefixtures("published")
def test_too_many_unreadable_dates_fail_before_anything_is_published(checkout, tmp_path):
    before = content(checkout), checkout.snapshot(TABLE)
    file = write_export(tmp_path / "export.csv", 100, unreadable=60)

    ended = checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "bad")

    assert ended.code == 1
    assert ended.document["error"]["type"] == "TooManyQuarantined"
    assert "60" in ended.document["error"]["message"]
    assert ended.document["rows"]["quarantined"] == 60
    assert ended.document["rows"]["written"] == 0
    assert before == (content(checkout), checkout.snapshot(TABLE))
    refused = f"SELECT count(*) AS number FROM {TABLE}_quarantine WHERE raw LIKE '%soon%'"
    assert checkout.rows(refused) == [{"number": 10 + 60}]


def test_a_key_runs_once_and_again_only_when_asked_which_changes_nothing(checkout, published):
    file, first = published
    before = content(checkout)

    refused = checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "good")
    again = checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "good", "--again")

    assert refused.code == 2
    assert refused.document["holder"] == first.document["execution"]
    assert first.document["execution"] in refused.document["error"]["message"]
    assert again.code == 0, again.err
    assert again.document["rows"] == first.document["rows"]
    assert content(checkout) == before
    assert checkout.run_row(f"{HOSPITAL}/good")["generation"] == 2


@pytest.mark.usefixtures("published")
def test_down_and_up_keep_the_lake_and_the_ledger(checkout):
    before = content(checkout), checkout.snapshot(TABLE), checkout.run_row(f"{HOSPITAL}/good")

    down = checkout.sparkrail("down")
    left = checkout.processes()
    up = checkout.sparkrail("up")

    assert (down.code, up.code) == (0, 0), down.err + up.err
    assert left == {}
    assert before == (
        content(checkout),
        checkout.snapshot(TABLE),
        checkout.run_row(f"{HOSPITAL}/good"),
    )
    assert "creating" not in up.err  # every stack is still there
