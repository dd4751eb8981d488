"""The run ledger: which run of which job has which key, and how it ended."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

OPEN_INDEX = "open"

_Table = dynamodb.CfnTable


class Ledger(Construct):
    """A table that can be restored to any second of 35 days, and that no deploy ever deletes.

    Args:
        key_arn: Encrypts it.

    Attributes:
        table_name: Generated.
    """

    def __init__(self, scope: Construct, id_: str, *, key_arn: str) -> None:
        super().__init__(scope, id_)
        table = _Table(
            self,
            "Resource",
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                _Table.AttributeDefinitionProperty(attribute_name=name, attribute_type="S")
                for name in ("pk", "sk", "open", "since")
            ],
            key_schema=_keys("pk", "sk"),
            global_secondary_indexes=[
                _Table.GlobalSecondaryIndexProperty(
                    index_name=OPEN_INDEX,
                    key_schema=_keys("open", "since"),
                    projection=_Table.ProjectionProperty(projection_type="ALL"),
                )
            ],
            deletion_protection_enabled=True,
            point_in_time_recovery_specification=_Table.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            ),
            sse_specification=_Table.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=key_arn
            ),
        )
        table.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.table_name = table.ref


def _keys(partition: str, sort: str) -> list[_Table.KeySchemaProperty]:
    return [
        _Table.KeySchemaProperty(attribute_name=partition, key_type="HASH"),
        _Table.KeySchemaProperty(attribute_name=sort, key_type="RANGE"),
    ]
