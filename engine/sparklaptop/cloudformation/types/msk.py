"""MSK Serverless clusters."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    only,
    tags_of,
    words,
)


@known
class ServerlessCluster(ResourceType):
    """AWS::MSK::ServerlessCluster. A change of anything makes another cluster, as on AWS."""

    type = "AWS::MSK::ServerlessCluster"
    properties = words("ClientAuthentication ClusterName Tags VpcConfigs")
    replaces = properties
    name_property = "ClusterName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it; its brokers start when somebody asks where they are."""
        client = context.clients.get("kafka", context.region)
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
        made = client.create_cluster_v2(
            ClusterName=properties["ClusterName"],
            Serverless=_settings(properties),
            **({"Tags": tags} if tags else {}),
        )
        return Physical(id=made["ClusterArn"], attributes={"Arn": made["ClusterArn"]})

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it with all that it holds."""
        context.clients.get("kafka", context.region).delete_cluster(ClusterArn=live.id)


def _settings(properties: Properties) -> dict[str, Any]:
    authentication = only(properties["ClientAuthentication"], "ClientAuthentication", "Sasl")
    sasl = only(authentication["Sasl"], "ClientAuthentication.Sasl", "Iam")
    networks = [
        only(each, "VpcConfigs", "SecurityGroups SubnetIds") for each in properties["VpcConfigs"]
    ]
    return {
        "ClientAuthentication": {"Sasl": {"Iam": {"Enabled": _true(sasl["Iam"]["Enabled"])}}},
        "VpcConfigs": [
            {
                "SubnetIds": each["SubnetIds"],
                **(
                    {"SecurityGroupIds": each["SecurityGroups"]}
                    if each.get("SecurityGroups")
                    else {}
                ),
            }
            for each in networks
        ],
    }


def _true(value: object) -> bool:
    return str(value).lower() == "true"
