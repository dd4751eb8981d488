"""The API of MSK: moto's, with the answers of a serverless cluster, and real brokers behind it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.core.exceptions import JsonRESTError
from moto.kafka import models, responses
from moto.kafka import urls as moto_urls

from sparklaptop.errors import LaptopError
from sparklaptop.kafka.brokers import Brokers
from sparklaptop.untyped import MotoObject

_PATHS = (
    "/api/v2/clusters",
    "/api/v2/clusters/(?P<clusterArn>.+)",
    "/v1/clusters",
    "/v1/clusters/(?P<clusterArn>.+)/bootstrap-brokers",
    "/v1/clusters/(?P<clusterArn>.+)",
    "/v1/tags/(?P<resourceArn>.+)",
)
_VERSION = "K1"


class MskError(JsonRESTError):  # type: ignore[misc]
    """A refusal of the MSK API."""

    def __init__(self, code: int, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.code = code


def install(brokers: Brokers) -> None:
    """Answer the MSK API instead of moto, before its first request."""
    models.FakeKafkaCluster._generate_arn = _arn
    api = _api(brokers)
    moto_urls.url_paths.clear()
    moto_urls.url_paths.update({f"{{0}}{path}$": api.dispatch for path in _PATHS})


def _arn(cluster: MotoObject) -> str:
    # As the service authorization reference has it: the name, an id, and what kind of cluster.
    kind = "s1" if cluster.cluster_type == "SERVERLESS" else "1"
    place = f"arn:aws:kafka:{cluster.region_name}:{cluster.account_id}"
    return f"{place}:cluster/{cluster.cluster_name}/{cluster.cluster_id}-{kind}"


def _api(brokers: Brokers) -> type[Any]:
    class Api(responses.KafkaResponse):  # type: ignore[misc]
        """Answers requests; parsing is moto's, after botocore's model."""

        def _cluster(self) -> MotoObject:
            arn = unquote(self._get_param("clusterArn"))
            found = self.kafka_backend.clusters.get(arn)
            if found is None:
                raise MskError(404, "NotFoundException", "The cluster does not exist.")
            return found

        def create_cluster_v2(self) -> str:
            name = self._get_param("clusterName")
            if not self._get_param("serverless"):
                raise MskError(
                    400, "BadRequestException", "the laptop cloud has serverless clusters alone"
                )
            if any(one.cluster_name == name for one in self.kafka_backend.clusters.values()):
                raise MskError(409, "ConflictException", f"A cluster named {name} exists.")
            answer: str = super().create_cluster_v2()
            return answer

        def describe_cluster_v2(self) -> str:
            return json.dumps({"clusterInfo": self._shown(self._cluster())})

        def list_clusters_v2(self) -> str:
            prefix = self._get_param("clusterNameFilter") or ""
            kind = self._get_param("clusterTypeFilter") or "ALL"
            found = [
                self._shown(cluster)
                for cluster in self.kafka_backend.clusters.values()
                if cluster.cluster_name.startswith(prefix) and kind in ("ALL", "SERVERLESS")
            ]
            return json.dumps({"clusterInfoList": found})

        def get_bootstrap_brokers(self) -> str:
            arn = self._cluster().arn
            try:
                where = brokers.bootstrap(arn)
            except LaptopError as error:
                raise MskError(503, "ServiceUnavailableException", str(error)) from error
            return json.dumps({"bootstrapBrokerStringSaslIam": where})

        def delete_cluster(self) -> str:
            arn = self._cluster().arn
            self.kafka_backend.delete_cluster(arn, "")
            brokers.forget(arn)
            return json.dumps({"clusterArn": arn, "state": "DELETING"})

        def _shown(self, cluster: MotoObject) -> dict[str, Any]:
            given = cluster.serverless_config or {}
            return {
                "clusterArn": cluster.arn,
                "clusterName": cluster.cluster_name,
                "clusterType": cluster.cluster_type,
                "creationTime": f"{cluster.creation_time[:23]}Z",
                "currentVersion": _VERSION,
                "serverless": {
                    "clientAuthentication": given.get("clientAuthentication", {}),
                    "vpcConfigs": given.get("vpcConfigs", []),
                },
                "state": "ACTIVE",
                "tags": self.kafka_backend.list_tags_for_resource(cluster.arn),
            }

    return Api
