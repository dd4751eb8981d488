"""boto3 clients of the laptop cloud, for its own parts."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config

from sparklaptop.roles.keys import issue
from sparklaptop.untyped import AwsClient

# Who has this key is the person at the keyboard, not a role.
KEY = "laptop"
_READ_TIMEOUT_SECONDS = 900


class Clients:
    """Makes and keeps one client per service and Region; safe to share between threads.

    Args:
        endpoint: Address of the laptop cloud.
        region: Default Region.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str, bool, str], Any] = {}
        self._session = boto3.Session(
            aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=region
        )

    def get(
        self,
        service: str,
        region: str | None = None,
        *,
        validate: bool = True,
        role: str | None = None,
        session: str = "laptop",
    ) -> AwsClient:
        """The client of `service`.

        Args:
            service: As boto3 calls it.
            region: Default: that of the laptop cloud.
            validate: False sends what it is given, for machines' calls.
            role: ARN of the role under which it calls. Default: the person at the keyboard.
            session: Name of the role's session.
        """
        access_key = issue(role, session) if role else KEY
        key = (service, region or self.region, validate, access_key)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._session.client(
                    key[0],
                    region_name=key[1],
                    endpoint_url=self.endpoint,
                    aws_access_key_id=access_key,
                    aws_secret_access_key=KEY,
                    config=self._config(validate),
                )
            return self._made[key]

    @staticmethod
    def _config(validate: bool) -> Config:
        return Config(
            parameter_validation=validate,
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=_READ_TIMEOUT_SECONDS,
            max_pool_connections=64,
            s3={"addressing_style": "path"},
            proxies={},
        )
