"""Where the brokers are: asked of MSK at each start, because no template can know it.

CloudFormation says nothing of a serverless cluster but its ARN. A machine asks with one call of its
own, without a Lambda and without a way from the workers' network to MSK's API.
(docs/adr/0021-kafka-cluster.md)
"""

from __future__ import annotations

from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, formatted, note, task

CLUSTER = "KafkaClusterArn"
"""Placeholder of a machine's definition; `Platform.kafka` is what it is filled in with."""


def brokers_state(then: str, failed: str, keep: str = "$.brokers") -> State:
    """Ask MSK for the addresses of the cluster's brokers, as clients with IAM need them.

    Args:
        then: The next state; `broker_arguments(keep)` is then what the driver is told.
        failed: The next state when MSK does not say; `$.error` has Error and Cause.
        keep: Where the answer goes. Default: `$.brokers`.
    """
    return task(
        "aws-sdk:kafka:getBootstrapBrokers",
        {"ClusterArn": f"${{{CLUSTER}}}"},
        then=then,
        keep=keep,
        select={"iam.$": "$.BootstrapBrokerStringSaslIam"},
        retry=retries.BROKERS,
        catch=[caught(failed)],
    )


def find_brokers(*, then: str, failed: str) -> States:
    """Ask for the brokers in the machine of a run, which fails with MSK's words when it must.

    Args:
        then: The next state.
        failed: The next state when MSK does not say; `$.cause` then has error, message and
            retryable.
    """
    message = "Where the Kafka brokers are could not be asked: {}"
    cause = {
        "error": "JobFailed",
        "message.$": formatted(message, "States.JsonToString($.error)"),
        "retryable": False,
    }
    return {
        "Brokers": brokers_state(then, "NoBrokers"),
        "NoBrokers": note(cause, at="$.cause", then=failed),
    }


def broker_arguments(keep: str = "$.brokers") -> list[str]:
    """List what the driver is told of the brokers, as intrinsic functions need it.

    >>> broker_arguments()
    ["'--brokers'", '$.brokers.iam', "'--security'", "'iam'"]

    Args:
        keep: Where the answer of the `brokers_state` is.
    """
    return ["'--brokers'", f"{keep}.iam", "'--security'", "'iam'"]
