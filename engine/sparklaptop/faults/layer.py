"""The layer in front of the laptop cloud in which calls go wrong by rule."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sparklaptop.emrserverless.settings import Settings
from sparklaptop.errors import LaptopError
from sparklaptop.faults import answers
from sparklaptop.faults.calls import Call, describe
from sparklaptop.faults.catalog import rules_of
from sparklaptop.faults.deeds import Deeds
from sparklaptop.faults.rules import CALL, MOMENTS, NOW, Rule, read
from sparklaptop.faults.throttle import Bucket
from sparklaptop.faults.victims import Victims
from sparklaptop.faults.watch import Watch
from sparklaptop.roles import refusals
from sparklaptop.roles.calls.needs import Tags
from sparklaptop.roles.evaluation import Decision
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.keys import Caller, caller
from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)
StartResponse = Callable[[str, list[tuple[str, str]]], object]
# A person is nobody's role; what is denied to one is told as if there were one of this name.
_NOBODY = "arn:aws:iam::000000000000:role/laptop"
_BURST, _PER_SECOND, _MINUTE_SECONDS = 25, 1.0, 60


class Faults:
    """WSGI: without rules it passes everything on.

    Args:
        cloud: What is behind it.
        settings: Of this server.
        judge: Remembers what is denied on purpose like everything that is denied.
        tags: Of EMR Serverless applications.
        deeds: Does what happens at once.
    """

    def __init__(
        self, cloud: MotoObject, settings: Settings, *, judge: Judge, tags: Tags, deeds: Deeds
    ) -> None:
        self._cloud = cloud
        self._settings = settings
        self._judge = judge
        self._tags = tags
        self._deeds = deeds
        self._rules: list[Rule] = []
        self._buckets: dict[tuple[int, str], Bucket] = {}
        self._lock = threading.Lock()
        self._victims = Victims(settings.runs)
        self._watch = Watch(self._victims, self.rules)

    def rules(self) -> list[Rule]:
        """The rules of this moment."""
        with self._lock:
            return list(self._rules)

    def loses(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is lost on its way to everybody."""
        name = f"{event['source']}:{event['detail-type']}"
        # Every rule counts what it sees.
        hit = [rule.takes_event(name) for rule in self.rules()]
        return any(hit)

    def control(self, environ: dict[str, Any]) -> tuple[str, Any]:
        """Answer /_sparkrail/faults: GET shows the rules, POST adds some, DELETE removes all.

        POST takes {"fault": name, "job"?, "times"?} of the catalog or {"rule": {...}}.
        """
        method = environ["REQUEST_METHOD"]
        try:
            if method == "POST":
                asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
                self._add(asked)
            elif method == "DELETE":
                with self._lock:
                    self._rules.clear()
                    self._buckets.clear()
        except LaptopError as error:
            return "400 Bad Request", {"error": error.message, "next": error.next_command}
        except (KeyError, ValueError, TypeError) as error:
            return "400 Bad Request", {"error": f"not a rule: {error}", "next": "sparkrail break"}
        return "200 OK", {"rules": [rule.as_document() for rule in self.rules()]}

    def _add(self, asked: dict[str, Any]) -> None:
        if "rule" in asked:
            found = [read(asked["rule"])]
        else:
            wanted = rules_of(asked["fault"], job=asked.get("job"), times=asked.get("times"))
            found = [read(one) for one in wanted]
        with self._lock:
            self._rules += found
        for rule in found:
            if rule.on == NOW:
                self._deeds.do(rule, self._victims)
        if any(rule.on in MOMENTS for rule in found):
            self._watch.wake()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as it is or as the rules want it."""
        rules = [rule for rule in self.rules() if rule.on == CALL]
        if not rules:
            passed: Iterable[bytes] = self._cloud(environ, start_response)
            return passed
        call = describe(environ, number=self._settings.account, tags=self._tags)
        by = caller(call.access_key)
        run = by.session if by else ""
        job = self._victims.job(run)
        hit = [rule for rule in rules if rule.takes(call, job=job, run=run if job else "")]
        for rule in hit:
            if rule.kind == "delay":
                time.sleep(float(rule.effect["seconds"]))
            elif rule.kind == "limit_files":
                self._victims.limit_files(run, int(rule.effect["bytes"]))
            elif rule.kind == "kill" and rule.effect.get("when", "before") == "before":
                self._kill(rule, run)
                # The dead cannot read an answer, and what they asked for must not happen.
                raise _gone(environ)
            elif rule.kind == "deny":
                return self._deny(rule, call, by or Caller(_NOBODY, "laptop"), start_response)
            elif refusal := self._refusal(rule, call):
                return _answered(refusal, start_response)
        return self._after(hit, environ, start_response, run)

    def _after(
        self, hit: list[Rule], environ: dict[str, Any], start_response: StartResponse, run: str
    ) -> Iterable[bytes]:
        kills = [rule for rule in hit if rule.kind == "kill"]
        if kills or any(rule.kind == "drop" for rule in hit):
            for _ in self._cloud(environ, lambda *_: None):
                continue
            for rule in kills:
                self._kill(rule, run)
            raise _gone(environ)
        answer: Iterable[bytes] = self._cloud(environ, start_response)
        if any(rule.kind == "truncate" for rule in hit):
            return _half(answer, environ)
        return answer

    def _kill(self, rule: Rule, run: str) -> None:
        if not self._victims.kill(run, str(rule.effect["what"])):
            log.warning("%s: run %r has no such process any more", rule.name, run)

    def _deny(
        self, rule: Rule, call: Call, who: Caller, start_response: StartResponse
    ) -> Iterable[bytes]:
        need = rule.match.need(call) or call.needs[0]
        decision = Decision(allowed=False, why="with an explicit deny in an identity-based policy")
        self._judge.memory.note(who, need, decision)
        refusal = refusals.denied(call.request, who, need, decision)
        return refusals.answer(call.request, refusal, start_response)

    def _refusal(self, rule: Rule, call: Call) -> answers.Answer | None:
        effect = rule.effect
        if rule.kind == "error":
            message = str(effect.get("message") or "A fault on purpose (sparkrail break)")
            return answers.error(
                call, status=int(effect["status"]), code=str(effect["code"]), message=message
            )
        if rule.kind == "throttle" and not self._bucket(rule, call).take():
            rule.refused()
            return answers.slower(call)
        return None

    def _bucket(self, rule: Rule, call: Call) -> Bucket:
        with self._lock:
            key = (id(rule), call.action)
            if key not in self._buckets:
                # A minute of this laptop cloud may be shorter than one.
                scale = _MINUTE_SECONDS / self._settings.seconds_per_minute
                per_second = float(rule.effect.get("per_second", _PER_SECOND)) * scale
                self._buckets[key] = Bucket(int(rule.effect.get("burst", _BURST)), per_second)
            return self._buckets[key]


def _answered(answer: answers.Answer, start_response: StartResponse) -> Iterable[bytes]:
    words = http.client.responses.get(answer.status, "Error")
    headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} {words}", headers)
    return [answer.body]


def _gone(environ: dict[str, Any]) -> ConnectionError:
    """Hang up; what is raised tells the server that nobody listens any more."""
    # A part of the laptop cloud itself has no connection; it is told by what is raised.
    connection: socket.socket | None = environ.get("werkzeug.socket")
    try:
        if connection:
            connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("the caller was gone already")
    return ConnectionAbortedError("a fault on purpose: the reply is dropped")


def _half(answer: Iterable[bytes], environ: dict[str, Any]) -> Iterator[bytes]:
    whole = b"".join(answer)
    yield whole[: len(whole) // 2]
    raise _gone(environ)
