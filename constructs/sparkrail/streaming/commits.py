"""Whether a generation has committed: then its version is good, and can take over from others."""

from __future__ import annotations

from sparkrail.streaming.rows import GENERATION, ROW, control_file, state_key
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, present, same, task
from sparkrail.workflow.ledger_items import TABLE, from_path


def noted(*, then: str, otherwise: str) -> State:
    """Branch on whether the row knows already that what shall run is good.

    Args:
        then: The next state when it does.
        otherwise: The next state when it does not.
    """
    known = [present(f"{ROW}.goodVersion.S"), same(f"{ROW}.goodVersion.S", "$.want.version")]
    return choose({"And": known, "Next": then}, otherwise=otherwise)


def commits(job: str, *, prefix: str = "", then: str, otherwise: str, failed: str) -> States:
    """Look for the first commit of this generation, and keep what shall run as good.

    Args:
        job: The stream.
        prefix: Before the names of the states. Default: nothing.
        then: The next state when it has committed.
        otherwise: The next state when it has not.
        failed: The next state when a service cannot be reached.
    """
    good = "States.JsonToString($.want.payload)"
    return {
        f"{prefix}Commits": task(
            "aws-sdk:s3:getObject",
            {"Bucket": "${LogsBucketName}", "Key.$": control_file(job, "committed/{}")},
            then=f"{prefix}Good",
            keep=None,
            retry=retries.REPORT,
            catch=[caught(otherwise, errors=retries.NO_SUCH_FILE, keep="$.none"), caught(failed)],
        ),
        f"{prefix}Good": task(
            "aws-sdk:dynamodb:updateItem",
            {
                **TABLE,
                "Key": state_key(job),
                "UpdateExpression": (
                    "SET good = :good, goodVersion = :version, restarts = :none "
                    "REMOVE badVersion, why"
                ),
                "ConditionExpression": "generation = :held",
                "ExpressionAttributeValues": {
                    ":good": from_path(good),
                    ":version": from_path("$.want.version"),
                    ":none": {"N": "0"},
                    ":held": {"N.$": GENERATION},
                },
            },
            then=then,
            keep=None,
            retry=retries.LEDGER,
            catch=[caught(failed)],
        ),
    }
