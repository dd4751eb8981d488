"""What the last deploy says about a job: its StartJobRun, read from its state machine."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError

START_JOB_RUN = "emr-serverless:startJobRun"
FIRST_ARGUMENT_OF_THE_RUN = "--run-key"  # what stands before it is the same in every run
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")


@dataclass(frozen=True)
class DeployedJob:
    """The StartJobRun parameters of a job.

    Args:
        application_id: Where it would run.
        parameters: The state's parameters, as Step Functions has them.
        arguments: Those of main.py that are the same in every run.
    """

    application_id: str
    parameters: Mapping[str, Any]
    arguments: tuple[str, ...]

    def request(self, arguments: tuple[str, ...]) -> dict[str, Any]:
        """A StartJobRun request with these arguments of main.py."""
        submit = self.parameters["JobDriver"]["SparkSubmit"]
        return {
            "applicationId": self.application_id,
            "executionRoleArn": self.parameters.get("ExecutionRoleArn", ""),
            "jobDriver": {
                "sparkSubmit": {
                    "entryPoint": submit["EntryPoint"],
                    "entryPointArguments": list(arguments),
                    "sparkSubmitParameters": submit.get("SparkSubmitParameters", ""),
                }
            },
        }


def deployed_job(cloud: Cloud, job: str) -> DeployedJob | None:
    """What is deployed of `job`; None when it is not there yet."""
    try:
        machine = cloud.states.describe_state_machine(stateMachineArn=cloud.names.machine_arn(job))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("StateMachineDoesNotExist", "InvalidArn"):
            return None
        raise
    return read_definition(machine["definition"], job)


def read_definition(definition: str, job: str) -> DeployedJob:
    """Find the StartJobRun in a state machine's definition.

    Raises:
        OperationError: There is none, so another version of sparkrail deployed it.
    """
    for state in json.loads(definition)["States"].values():
        if START_JOB_RUN in state.get("Resource", ""):
            parameters = state["Parameters"]
            submit = parameters["JobDriver"]["SparkSubmit"]
            arguments = static_arguments(submit["EntryPointArguments.$"])
            return DeployedJob(parameters["ApplicationId"], parameters, arguments)
    raise OperationError(
        f"The state machine of {job} starts no Spark run: another version of sparkrail deployed "
        "it.",
        next_command="./sparkrail up",
    )


def static_arguments(expression: str) -> tuple[str, ...]:
    """The literals of a `States.Array(...)` before those of the run.

    >>> static_arguments("States.Array('--job', 'x', '--run-key', $.key)")
    ('--job', 'x')
    """
    found = []
    for match in _LITERAL.finditer(expression):
        literal = re.sub(r"\\(.)", r"\1", match[1])
        if literal == FIRST_ARGUMENT_OF_THE_RUN:
            break
        found.append(literal)
    return tuple(found)
