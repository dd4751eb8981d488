"""What becomes of a stream whose run has ended although nobody asked it to.

It is started again, unless that cannot help: a person has to decide then. A version that failed
before its first commit, beside one that has committed, gives way to that one.
"""

from __future__ import annotations

from sparkrail.streaming.commits import commits
from sparkrail.streaming.rows import FAILED, GENERATION, READY, ROW, change, control_file
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    formatted,
    is_,
    not_,
    note,
    present,
    same,
    task,
    text_at,
)
from sparkrail.workflow.ledger_items import from_path
from sparkrail.workflow.report import MOST_BYTES

MOST_RESTARTS = 3
"""Without a commit in between."""

PAUSES_SECONDS = (10, 30, 90)
"""Before the first, second and third restart without a commit."""

_REPORT = "$.report.body"
_RESTARTS = f"States.StringToJson({ROW}.restarts.N)"


def ended(job: str, *, topic_arn: str, subject: str, then: str, over: str, failed: str) -> States:
    """Find out why, and decide.

    Args:
        job: The stream.
        topic_arn: The topic of people who are told.
        subject: Of the message; ASCII, at most 100 characters.
        then: The next state; nothing runs and something shall.
        over: The next state; nothing runs until a person lets it go on.
        failed: The next state when a service cannot be reached.
    """
    return {
        **_why(job, then="LateCommits", failed=failed),
        **commits(job, prefix="Late", then="GoodEnded", otherwise="NewEnded", failed=failed),
        **_verdict(),
        **_restart(job, then=then, failed=failed),
        **_fall_back(job, topic_arn=topic_arn, subject=subject, then=then, failed=failed),
        **_give_up(job, topic_arn=topic_arn, subject=subject, then=over, failed=failed),
    }


def _why(job: str, *, then: str, failed: str) -> States:
    """Hear the driver's last words, or else what the service says."""
    told = [*text_at(f"{_REPORT}.message"), present(f"{_REPORT}.retryable")]
    held = {"generation.$": GENERATION}
    return {
        "Report": task(
            "aws-sdk:s3:getObject",
            {
                "Bucket": "${LogsBucketName}",
                "Key.$": control_file(job, "reports/{}.json"),
                "Range": f"bytes=0-{MOST_BYTES - 1}",
            },
            then="DriverSaysWhy",
            keep="$.report",
            select={"body.$": "States.StringToJson($.Body)"},
            retry=retries.REPORT,
            catch=[caught("ServiceSaysWhy", keep="$.report")],
        ),
        "DriverSaysWhy": choose({"And": told, "Next": "DriverCause"}, otherwise="ServiceSaysWhy"),
        "DriverCause": note(
            {
                "message.$": f"{_REPORT}.message",
                "retryable.$": f"{_REPORT}.retryable",
                **held,
            },
            at="$.ended",
            then=then,
        ),
        "ServiceSaysWhy": note(
            {"message.$": "$.run.Details", "retryable": True, **held}, at="$.ended", then=then
        ),
    }


def _verdict() -> States:
    hopeless = {"Variable": "$.ended.retryable", "BooleanEquals": False, "Next": "GiveUp"}
    beside_good = [
        is_("$.run.State", "FAILED"),
        present(f"{ROW}.good.S"),
        not_(same(f"{ROW}.goodVersion.S", "$.want.version")),
    ]
    no_more = [{"Variable": f"{ROW}.restarts.N", "StringEquals": str(MOST_RESTARTS)}]
    often = f"It ended {MOST_RESTARTS + 1} times before its first commit, the last time so: {{}}"
    return {
        "GoodEnded": choose(hopeless, otherwise="RestartGood"),
        "NewEnded": choose(
            {"And": beside_good, "Next": "Bad"},
            hopeless,
            {"And": no_more, "Next": "TooOften"},
            otherwise="RestartNew",
        ),
        "TooOften": note(
            {
                "message.$": formatted(often, "$.ended.message"),
                "generation.$": "$.ended.generation",
            },
            at="$.ended",
            then="GiveUp",
        ),
    }


def _restart(job: str, *, then: str, failed: str) -> States:
    pauses = f"States.Array({', '.join(map(str, PAUSES_SECONDS))})"
    return {
        "RestartGood": note(
            {"restarts": "0", "seconds": PAUSES_SECONDS[0]}, at="$.restart", then="Restart"
        ),
        "RestartNew": note(
            {
                "restarts.$": formatted("{}", f"States.MathAdd({_RESTARTS}, 1)"),
                "seconds.$": f"States.ArrayGetItem({pauses}, {_RESTARTS})",
            },
            at="$.restart",
            then="Restart",
        ),
        "Restart": change(
            job,
            READY,
            ", restarts = :restarts REMOVE jobRun",
            values={":restarts": {"N.$": "$.restart.restarts"}},
            then="Breathe",
            failed=failed,
        ),
        "Breathe": {"Type": "Wait", "SecondsPath": "$.restart.seconds", "Next": then},
    }


def _fall_back(job: str, *, topic_arn: str, subject: str, then: str, failed: str) -> States:
    message = (
        f"{job}: version {{}} failed before its first commit: {{}} -- Version {{}}, which has "
        f"committed before, runs in its place. Correct the cause and deploy, or try the version "
        f"again: sparkrail resume {job}"
    )
    told = formatted(message, "$.want.version", "$.ended.message", f"{ROW}.goodVersion.S")
    return {
        "Bad": change(
            job,
            READY,
            ", badVersion = :bad, why = :why, restarts = :none REMOVE jobRun",
            values={
                ":bad": from_path("$.want.version"),
                ":why": from_path("$.ended.message"),
                ":none": {"N": "0"},
            },
            generation="$.ended.generation",
            then="TellBad",
            failed=failed,
        ),
        "TellBad": _tell(topic_arn, f"{subject} fell back", told, then=then),
    }


def _give_up(job: str, *, topic_arn: str, subject: str, then: str, failed: str) -> States:
    message = (
        f"{job} has stopped and is not started again: {{}} -- See its log: sparkrail logs {job}. "
        f"Correct the cause, deploy if it is in the code, and let it go on: sparkrail resume {job}"
    )
    return {
        "GiveUp": change(
            job,
            FAILED,
            ", why = :why REMOVE jobRun",
            values={":why": from_path("$.ended.message")},
            generation="$.ended.generation",
            then="TellFailed",
            failed=failed,
        ),
        "TellFailed": _tell(
            topic_arn, f"{subject} failed", formatted(message, "$.ended.message"), then=then
        ),
    }


def _tell(topic_arn: str, subject: str, message: str, *, then: str) -> State:
    return task(
        "sns:publish",
        {"TopicArn": topic_arn, "Subject": subject, "Message.$": message},
        then=then,
        keep=None,
        retry=retries.EVENTS,
        catch=[caught(then)],
    )
