"""Findings of cdk-nag's AwsSolutions that no change of ours can avoid.

Each is acknowledged on the one resource that has it, with the limit of AWS that causes it. The
tests show that every line here still meets a finding, and that nothing else is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A finding that is known and stays.

    Args:
        rule: Pattern for the rule, with the finding in brackets as cdk-nag names it.
        resource: Pattern for the path of the resource below its stack.
        reason: Which limit of AWS causes it.
    """

    rule: str
    resource: str
    reason: str


class Finding(NamedTuple):
    """A rule that a resource does not keep."""

    rule: str
    path: str


_IAM5 = r"AwsSolutions-IAM5\[Resource::"

ACKNOWLEDGED = (
    Acknowledged(
        rule="AwsSolutions-S1",
        resource=r"AccessLogs/",
        reason="S3 server access logging to the log bucket itself would loop without end.",
    ),
    Acknowledged(
        rule="AwsSolutions-SQS3",
        resource=r"DeadLetters/",
        reason="This queue is the dead-letter queue of EventBridge Scheduler, which the rule "
        "cannot see; SQS allows no further queue behind it.",
    ),
    Acknowledged(
        rule=_IAM5 + r"\*\]",
        resource=r"(Team/Default/PolicyMachines|control/\w+/Default/\w+Policy|FilesPolicyOf\w+)$",
        reason="CloudWatch log delivery and X-Ray have no resource level in IAM, so Step Functions "
        "needs these actions on all resources.",
    ),
    Acknowledged(
        rule=_IAM5 + r"\*\]",
        resource=r"/Jobs/.*/MachinePolicyOf",
        reason="MSK has no resource level in IAM for GetBootstrapBrokers; the answer is addresses, "
        "and whoever has them still needs kafka-cluster:Connect.",
    ),
    Acknowledged(
        rule=_IAM5 + r"arn:[a-z-]+:kafka:[^*]+:(cluster|topic|group)/[^*]+/\*.*\]",
        resource=r"/Jobs/.*/PolicyOf",
        reason="MSK puts an id of its own behind the cluster's name in every ARN, and Spark names "
        "its consumer groups at random behind the job's name.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*/emr/applications/\*\]",
        resource=r"Team/Default/PolicyJobs$",
        reason="EMR Serverless names the folder of a run's logs by the run's id, which is known "
        "only when it runs.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:log-group:/aws/emr-serverless/[^*]+:\*\]",
        resource=r"Team/Default/PolicyJobs$",
        reason="CloudWatch Logs names log streams in the ARN, and EMR Serverless names them by the "
        "run's id.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:log-group:\*\]",
        resource=r"Team/Default/PolicyJobs$",
        reason="IAM evaluates logs:DescribeLogGroups on all groups of the account and Region, "
        "whatever name is asked for.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:log-group:/aws/vpc/flowlogs/[^*]+:\*\]",
        resource=r"Network/Default/FlowLogPolicy$",
        reason="CloudWatch Logs names log streams in the ARN, and VPC flow logs name them by "
        "network interface.",
    ),
    Acknowledged(
        rule=_IAM5 + r"arn:[a-z-]+:s3:::cdk-[^*]+/\*\]",
        resource=r"/Jobs/.*/PolicyOf",
        reason="S3 keys of code are hashes of content: queued and rolled-back runs of EMR "
        "Serverless read older ones of the same team.",
    ),
    Acknowledged(
        rule=_IAM5 + r"arn:[a-z-]+:s3:::.*/(?!emr/)[^*]+/\*\]",
        resource=r"/Jobs/.*/(Machine|Files)?PolicyOf",
        reason="S3 objects below a prefix are known only when a run reads or writes them; the "
        "prefix is that of one input, table or job.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:(execution|stateMachine):[^*]+-\*(:\*)?\]",
        resource=r"control/\w+/Default/\w+Policy$",
        reason="Step Functions is asked about machines and executions of every job of the "
        "environment; jobs come and go after this stack, and IAM tells them by the prefix of "
        "their names.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:/applications/\*(/jobruns/\*)?\]",
        resource=r"control/Keeper/Default/KeeperPolicy$",
        reason="EMR Serverless names applications and runs by ids that later stacks get; "
        "conditions on their tags keep to this environment.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:/applications/\*\]",
        resource=r"/Jobs/.*/MachinePolicyOf",
        reason="The last good version of a stream goes on where it ran, which EMR Serverless names "
        "by an id of an earlier deploy; conditions on tags keep to the team's applications.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*:execution:[^*]+:\*\]",
        resource=r"/Jobs/.*/MachinePolicyOf",
        reason="Step Functions gives an execution its name when it starts; they are those of the "
        "job's own machine.",
    ),
    Acknowledged(
        rule=_IAM5 + r".*/jobruns/\*\]",
        resource=r"/Jobs/.*/MachinePolicyOf",
        reason="EMR Serverless gives a run its id when it starts; the application is the team's "
        "own.",
    ),
)


def findings(app: App) -> list[Finding]:
    """List what AwsSolutions finds and nobody acknowledged.

    Args:
        app: Not yet synthesized, or synthesized; it is not changed.
    """
    violations = AwsSolutionsChecks(app).validate_scope(app).violations
    return sorted(
        Finding(violation.rule_name, str(resource.construct_path))
        for violation in violations
        for resource in violation.violating_resources
    )


def acknowledge(app: App) -> None:
    """Acknowledge the known findings, each on the resource that has it.

    Args:
        app: Its resources get acknowledgements.
    """
    for finding in findings(app):
        for known in matching(finding):
            construct = _construct(app, finding.path)
            acknowledgment = Acknowledgment(id=finding.rule, reason=known.reason)
            Validations.of(construct).acknowledge(acknowledgment)


def matching(finding: Finding) -> Iterator[Acknowledged]:
    """Find the first acknowledgement of a finding, if there is one.

    Args:
        finding: What was found.
    """
    for known in ACKNOWLEDGED:
        if re.fullmatch(known.rule, finding.rule) and re.search(known.resource, finding.path):
            yield known
            return


def _construct(app: App, path: str) -> Construct:
    construct: Construct = app
    for id_ in path.split("/"):
        construct = construct.node.find_child(id_)  # type: ignore[assignment]
    return construct
