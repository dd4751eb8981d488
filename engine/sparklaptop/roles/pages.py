"""`/_sparkrail/denials` and `/_sparkrail/statements`: what was refused, which statements serve."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from sparklaptop.roles.account import Account
from sparklaptop.roles.memory import Memory
from sparklaptop.roles.problems import PolicyError
from sparklaptop.roles.refusals import StartResponse
from sparklaptop.untyped import Json, MotoObject

PREFIX = "/_sparkrail/"


def page(
    environ: Mapping[str, Any], memory: Memory, account: Account
) -> Callable[[StartResponse], list[bytes]] | None:
    """The answer to an address of ours; None if it is somebody else's."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    path = environ["PATH_INFO"].removeprefix(PREFIX)
    content: Json = None
    if path == "denials":
        content = {"denials": memory.shown(query.get("session", [None])[0])}
    elif path == "statements":
        content = {"roles": [_role(each, memory, account) for each in account.roles()]}
    if content is None:
        return None

    def answer(start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(content).encode()]

    return answer


def _role(role: MotoObject, memory: Memory, account: Account) -> dict[str, Json]:
    try:
        policies = account.identity_policies(role)
    except PolicyError as error:
        return {"role": role.name, "problem": str(error), "statements": []}
    shown = []
    for policy in policies:
        for statement in policy.statements:
            if statement.allows:
                used = memory.used(role.arn, policy.name, statement.sid)
                shown.append(
                    {
                        "policy": policy.name,
                        "sid": statement.sid,
                        "exercised": bool(used),
                        "actions": used,
                        "unused_actions": sorted(set(statement.written_actions) - set(used)),
                    }
                )
    return {"role": role.name, "statements": shown}
