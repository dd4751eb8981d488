"""The run ledger: which run of which job has which key, and how it ended."""

from __future__ import annotations

from constructs import Construct

from sparkrail.fragment import Properties, include, kept
from sparkrail.references import reference

OPEN_INDEX = "open"


class Ledger(Construct):
    """A table that can be restored to any second of 35 days, and that no deploy ever deletes.

    Args:
        key_arn: Encrypts it.

    Attributes:
        table_name: Generated.
    """

    def __init__(self, scope: Construct, id_: str, *, key_arn: str) -> None:
        super().__init__(scope, id_)
        self.table_name = reference(id_)
        include(self, {id_: kept("AWS::DynamoDB::Table", _table(key_arn))})


def _table(key_arn: str) -> Properties:
    open_rows = {
        "IndexName": OPEN_INDEX,
        "KeySchema": _keys("open", "since"),
        "Projection": {"ProjectionType": "ALL"},
    }
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "open", "since")
        ],
        "KeySchema": _keys("pk", "sk"),
        "GlobalSecondaryIndexes": [open_rows],
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn},
    }


def _keys(partition: str, sort: str) -> list[Properties]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
