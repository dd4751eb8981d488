"""Which permission a request to a broker needs.

(MSK developer guide, "Semantics of IAM authorization policy actions and resources".)
"""

from __future__ import annotations

from sparklaptop.roles.evaluation import Need

_ACTIONS = {
    ("CLUSTER", "ALTER"): "AlterCluster",
    ("CLUSTER", "ALTER_CONFIGS"): "AlterClusterDynamicConfiguration",
    ("CLUSTER", "DESCRIBE"): "DescribeCluster",
    ("CLUSTER", "DESCRIBE_CONFIGS"): "DescribeClusterDynamicConfiguration",
    ("CLUSTER", "IDEMPOTENT_WRITE"): "WriteDataIdempotently",
    ("GROUP", "DELETE"): "DeleteGroup",
    ("GROUP", "DESCRIBE"): "DescribeGroup",
    ("GROUP", "READ"): "AlterGroup",
    ("TOPIC", "ALTER"): "AlterTopic",
    ("TOPIC", "ALTER_CONFIGS"): "AlterTopicDynamicConfiguration",
    ("TOPIC", "CREATE"): "CreateTopic",
    ("TOPIC", "DELETE"): "DeleteTopic",
    ("TOPIC", "DESCRIBE"): "DescribeTopic",
    ("TOPIC", "DESCRIBE_CONFIGS"): "DescribeTopicDynamicConfiguration",
    ("TOPIC", "READ"): "ReadData",
    ("TOPIC", "WRITE"): "WriteData",
    ("TRANSACTIONAL_ID", "DESCRIBE"): "DescribeTransactionalId",
    ("TRANSACTIONAL_ID", "WRITE"): "AlterTransactionalId",
}


def connect(cluster: str) -> Need:
    """What a connection needs.

    Args:
        cluster: ARN of the cluster.
    """
    return Need("kafka-cluster:Connect", cluster)


def need(cluster: str, *, kind: str, name: str, operation: str) -> Need | None:
    """What one operation needs; None where IAM has no action for it, so nobody may.

    Args:
        cluster: ARN of the cluster.
        kind: Of the resource, as Kafka calls it: TOPIC.
        name: Of the resource.
        operation: As Kafka calls it: READ.
    """
    action = _ACTIONS.get((kind, operation))
    if action is None:
        return None
    arn = cluster
    if kind != "CLUSTER":
        word = kind.lower().replace("_", "-")
        arn = f"{cluster.replace(':cluster/', f':{word}/')}/{name}"
    return Need(f"kafka-cluster:{action}", arn)
