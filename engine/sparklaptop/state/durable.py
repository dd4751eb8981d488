"""WSGI around moto: what a request changed is on disk before its answer leaves."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Any

from sparklaptop.state import items, requests, touched
from sparklaptop.state.kept import Kept
from sparklaptop.state.once import ENVIRON, Answer
from sparklaptop.state.requests import Kind, Request
from sparklaptop.untyped import MotoObject

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_RESET = "/moto-api/reset"


class Durable:
    """Keeps what requests change. A refused request changes nothing that anyone was told of.

    Args:
        cloud: moto.
        kept: Where the state is kept.
    """

    def __init__(self, cloud: MotoObject, kept: Kept) -> None:
        self._cloud = cloud
        self._kept = kept
        # Whoever changes a service is alone with all of them: one may change another.
        self._lock = threading.RLock()
        self._items = threading.RLock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = requests.read(environ)
        if request.kind is Kind.NOTHING and ENVIRON not in environ:
            if environ.get("PATH_INFO") == _RESET:
                return _refused(start_response)
            answered: Iterable[bytes] = self._cloud(environ, start_response)
            return answered
        answer = self._answer(environ, request)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, environ: dict[str, Any], request: Request) -> Answer:
        step = environ.get(ENVIRON)
        if step and (before := self._kept.answers.get(step)):
            return before
        if request.kind is Kind.OBJECTS:
            with self._kept.objects.alone(request.keys):
                return self._kept_after(environ, lambda: self._kept.objects.save(request.keys))
        if request.kind is Kind.ITEMS:
            changed = items.touched(request.operation, request.asked)
            with self._items:
                return self._kept_after(
                    environ, lambda: self._kept.items.save(request.region, changed)
                )
        if request.kind is Kind.WAITING:
            return self._received(environ, request)
        if request.kind is Kind.NOTHING:
            return self._kept_after(environ, lambda: None)
        items_too = self._items if request.service == "dynamodb" else contextlib.nullcontext()
        with self._lock, items_too, touched.noted() as reached:
            return self._kept_after(environ, lambda: self._keep_rest(request, reached))

    def _received(self, environ: dict[str, Any], request: Request) -> Answer:
        # It waits up to 20 seconds for a message that others must be able to send meanwhile.
        with touched.noted() as reached:
            answer = self._call(environ)
        if answer.good and b"essageId" in answer.body:
            with self._lock:
                self._kept.backends.save(reached.values(), request.operation)
        return answer

    def _keep_rest(self, request: Request, reached: dict[int, MotoObject]) -> None:
        self._kept.backends.save(list(reached.values()), request.operation, request.asked)
        if request.service == "dynamodb":
            if request.operation in items.STATEMENTS:
                self._kept.items.save_everything()
            self._kept.items.follow()
        if request.operation == "DeleteBucket" and request.service == "s3":
            self._kept.objects.forget_bucket(request.asked["Bucket"])

    def _kept_after(self, environ: dict[str, Any], keep: Callable[[], None]) -> Answer:
        answer = self._call(environ)
        step = environ.get(ENVIRON)
        if not answer.good and not step:
            return answer
        with self._kept.rows.together():
            if answer.good:
                keep()
            if step:
                self._kept.answers.keep(step, answer)
        return answer

    def _call(self, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []
        content = self._cloud(environ, lambda *given: started.append(given))
        try:
            body = b"".join(content)
        finally:
            getattr(content, "close", lambda: None)()
        status, headers = started[0][:2]
        if body and not any(name.lower() == "content-length" for name, _ in headers):
            # With its length, an answer that a kill cuts off is not taken for a whole one.
            headers = [*headers, ("Content-Length", str(len(body)))]
        return Answer(status=status, headers=list(headers), body=body)


def _refused(start_response: StartResponse) -> Iterable[bytes]:
    # It would empty the memory and leave the disk.
    start_response("409 Conflict", [("Content-Type", "text/plain")])
    return [b"the laptop cloud keeps its state; `sparkrail down --forget` drops it\n"]
