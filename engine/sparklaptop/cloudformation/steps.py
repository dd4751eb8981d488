"""Clients whose calls are steps of a stack's operation: made twice, they have one effect.

The name of a step is made of what it calls and how often this operation has called just that, so
the same operation run again gives its steps the same names (state.once keeps their answers).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from sparklaptop.clients import Clients
from sparklaptop.state.once import HEADER
from sparklaptop.untyped import AwsClient, MotoObject


class StepClients(Clients):
    """Clients of one operation at a time.

    Args:
        endpoint: Address of the laptop cloud.
        region: Default Region.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        super().__init__(endpoint, region)
        self._operation = ""
        self._seen: Counter[str] = Counter()

    def begin(self, operation: str) -> None:
        """From now on calls are steps of this operation, which may have begun before."""
        self._operation = operation
        self._seen.clear()

    def get(self, service: str, region: str | None = None, **how: Any) -> AwsClient:  # noqa: ANN401
        """The client of a service; see Clients."""
        client = super().get(service, region, **how)
        events = client.meta.events
        events.register("provide-client-params", self._name, unique_id="step-name")
        events.register("before-call", self._mark, unique_id="step-mark")
        return client

    def _name(
        self, params: MotoObject, model: MotoObject, context: MotoObject, **_: MotoObject
    ) -> None:
        # Before botocore adds a random token of its own.
        asked = json.dumps(params, sort_keys=True, default=repr)
        what = f"{model.service_model.service_name} {model.name} {asked}"
        digest = hashlib.sha256(what.encode()).hexdigest()[:32]
        self._seen[digest] += 1
        context["step"] = f"{self._operation}/{digest}/{self._seen[digest]}"

    @staticmethod
    def _mark(params: MotoObject, context: MotoObject, **_: MotoObject) -> None:
        if step := context.get("step"):
            params["headers"][HEADER] = step
