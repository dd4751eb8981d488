"""boto3 clients of the laptop cloud, for its own parts.

Each run and each execution calls under an access key of its own. To make a client takes longer than
most calls, so all callers share one, and each call says whose it is.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials

from sparklaptop.in_process import InProcess
from sparklaptop.roles.keys import issue
from sparklaptop.untyped import AwsClient, MotoObject

# Who has this key is the person at the keyboard, not a role.
KEY = "laptop"
_READ_TIMEOUT_SECONDS = 900
_access_key: ContextVar[str] = ContextVar("access key", default=KEY)


class _OfTheCall(Credentials):
    """Credentials of whoever makes the call that is being signed."""

    def get_frozen_credentials(self) -> MotoObject:
        return ReadOnlyCredentials(_access_key.get(), KEY, None)


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
        self._made: dict[tuple[str, str, bool], Any] = {}
        core: MotoObject = botocore.session.get_session()
        core._credentials = _OfTheCall(KEY, KEY)
        self._session = boto3.Session(botocore_session=core, region_name=region)
        self._application: MotoObject = None

    def answer_with(self, application: MotoObject) -> None:
        """From now on calls reach this WSGI application of the same process without a socket."""
        self._application = InProcess(application)
        with self._lock:
            for client in self._made.values():
                self._connect(client)

    def _connect(self, client: AwsClient) -> None:
        client.meta.events.register("before-send", self._application, unique_id="in-process")

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
        key = (service, region or self.region, validate)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._session.client(
                    key[0],
                    region_name=key[1],
                    endpoint_url=self.endpoint,
                    config=self._config(validate),
                )
                if self._application:
                    self._connect(self._made[key])
            client = self._made[key]
        return _acting(client, issue(role, session) if role else KEY)

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


def _acting(client: MotoObject, access_key: str) -> AwsClient:
    """The same client, whose calls are signed with this key."""

    def call(operation: str, parameters: MotoObject) -> MotoObject:
        before = _access_key.set(access_key)
        try:
            return client._make_api_call(operation, parameters)
        finally:
            _access_key.reset(before)

    # Not copy.copy: botocore's __getattr__ does not survive an object without attributes.
    twin = object.__new__(type(client))
    twin.__dict__.update(vars(client), _make_api_call=call)
    return twin
