"""What services of AWS refuse for good: a denied call, a key that cannot be used, a lost secret.

Such a run ends the same however often it is tried. The words come from wherever they are: Python's
own exceptions, or the causes inside what the JVM threw. Throttling, 5xx answers and timeouts are
not of them, nor are credentials or clocks that were off for a moment.
"""

from __future__ import annotations

import re
from typing import Iterator, Optional

_DENIED = (
    "is not authorized to perform",
    r"\bAccessDenied(?:Exception)?\b",
    r"\bAccess Denied\b",
    r"\bAccessControlException\b",
    r"Status Code: 403\b",
)
_KEY = (
    r"\bKMSInvalidState(?:Exception)?\b",
    r"\bKMS\.(?:Disabled|InvalidState|NotFound|KMSInvalidState)(?:Exception)?\b",
    r"\bKeyDisabled\b",
    r"\bDisabledException\b",
    r"arn:aws[\w-]*:kms:\S+ is (?:disabled|pending deletion)",
)
_SECRET = (r"Secrets Manager can't find",)
_FOR_GOOD = re.compile("|".join((*_DENIED, *_KEY, *_SECRET)))
_FOR_NOW = re.compile(r"\b(?:ExpiredToken(?:Exception)?|RequestTimeTooSkewed|SlowDown)\b")
_CLEAREST = re.compile(
    r"is not authorized to perform|Secrets Manager can't find|arn:aws[\w-]*:kms:"
)
_CLASSES = re.compile(r"^(?:Caused by: |: )?(?:[a-z][\w$]*\.)+[\w$]+: ")
_STACK = re.compile(r"^\s*(?:at |\.\.\. \d+ more)")
_WORDLESS = re.compile(r"(?P<call>\w+ on s3[an]?://[^\s:]+): .*\b403\b")
_DETAILS = re.compile(r" \(Service: [^)]*\)(?: \(SDK [^)]*\))?.*")
_DEEPEST = 20


def refusal(error: BaseException) -> Optional[str]:
    """Say in the service's own words what it refused; None if that is not why the run failed.

    >>> refusal(RuntimeError("User: arn:x is not authorized to perform: s3:GetObject"))
    'User: arn:x is not authorized to perform: s3:GetObject'
    >>> refusal(RuntimeError("Please reduce your request rate. (Status Code: 503)")) is None
    True

    S3 has no words for who only asks whether a file is there; then the question itself is told:

    >>> refusal(RuntimeError("s3://b/k: getFileStatus on s3://b/k: Forbidden (Status Code: 403)"))
    'Access denied: getFileStatus on s3://b/k'
    """
    text = "\n".join(_texts(error))
    lines = [line for line in text.splitlines() if not _STACK.match(line)]
    refused = [line for line in lines if _FOR_GOOD.search(line)]
    if not refused or (_FOR_NOW.search(text) and not _CLEAREST.search(text)):
        return None
    clearest = next((line for line in refused if _CLEAREST.search(line)), None)
    asked = None if clearest else _WORDLESS.search("\n".join(refused))
    return f"Access denied: {asked['call']}" if asked else _bare(clearest or refused[-1])


def _texts(error: BaseException) -> Iterator[str]:
    """All that is said by an error, what the JVM said behind it, and what caused it."""
    current: Optional[BaseException] = error
    for _ in range(_DEEPEST):
        if current is None:
            return
        yield str(current)
        # PySpark's own exceptions keep the causes of the JVM out of their text.
        stack = getattr(current, "_stackTrace", None) or getattr(current, "stackTrace", None)
        if isinstance(stack, str):
            yield stack
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def _bare(line: str) -> str:
    """Take the class and the numbers of the request from a line, unless nothing is left."""
    line = line.strip()
    without = _DETAILS.sub("", _CLASSES.sub("", line))
    return without if _CLEAREST.search(without) else _CLASSES.sub("", line)
