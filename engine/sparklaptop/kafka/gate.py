"""What brokers ask the laptop cloud: who connects, and whether they may.

The same evaluation decides as for every other call, and a refusal is remembered like every other.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from sparklaptop.kafka import permissions, signatures
from sparklaptop.roles.account import Account
from sparklaptop.roles.evaluation import Need
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.keys import Caller, caller, is_forgotten

log = logging.getLogger(__name__)
# What a broker of MSK answers to a good signature.
_VERSION = "2020_10_22"


class Gate:
    """Answers `/_sparkrail/kafka/*`.

    Args:
        number: The account.
        judge: Decides and remembers.
    """

    def __init__(self, number: str, judge: Judge) -> None:
        self._number = number
        self._judge = judge

    def routes(self) -> dict[str, Any]:
        """The server's own addresses for brokers."""
        return {
            "/_sparkrail/kafka/sign-in": lambda environ: _answered(environ, self.sign_in),
            "/_sparkrail/kafka/decide": lambda environ: _answered(environ, self.decide),
        }

    def sign_in(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Whether a connection may be made, and for whom.

        Args:
            asked: The cluster's ARN, and a payload of AWS_MSK_IAM or a token of OAUTHBEARER.
        """
        try:
            if "token" in asked:
                signed = signatures.of_token(asked["token"])
            else:
                signed = signatures.of_payload(asked["payload"])
        except signatures.NotSignedError as error:
            log.warning("a connection to Kafka was refused: %s", error)
            return {"refused": str(error)}
        key, cluster = signed.access_key, asked["cluster"]
        if not self._may(key, permissions.connect(cluster), counts=True):
            return {"refused": f"[{key}]: Access denied (kafka-cluster:Connect on {cluster})"}
        return {
            "principal": key,
            "from_ms": int(signed.since.timestamp() * 1000),
            "until_ms": int(signed.until.timestamp() * 1000),
            "answer": {"version": _VERSION, "request-id": str(uuid.uuid4())},
        }

    def decide(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Which of the checks that a broker has to make are passed.

        Args:
            asked: The cluster's ARN, the principal and the checks.
        """
        allowed = []
        for check in asked["checks"]:
            wanted = permissions.need(
                asked["cluster"],
                kind=check["kind"],
                name=check["name"],
                operation=check["operation"],
            )
            may = wanted is not None and self._may(
                asked["principal"], wanted, counts=check["counts"]
            )
            allowed.append(may)
        return {"allowed": allowed}

    def _may(self, key: str, need: Need, *, counts: bool) -> bool:
        who = caller(key)
        if who is None:
            # The person at the keyboard may do everything; a session of an earlier server nothing.
            return not is_forgotten(key)
        account = Account(self._number, need.resource.split(":")[3])
        if not counts:
            return self._judge.may(account, who, need)
        return self._decided(account, who, need)

    def _decided(self, account: Account, who: Caller, need: Need) -> bool:
        _, decision = next(iter(self._judge.decide(account, who, [need])))
        return decision.allowed


def _answered(environ: dict[str, Any], answer: Any) -> tuple[str, Any]:  # noqa: ANN401
    try:
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        return "200 OK", answer(asked)
    except (KeyError, ValueError, TypeError) as error:
        return "400 Bad Request", {"error": f"not a question of a broker: {error}"}
