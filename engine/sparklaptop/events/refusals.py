"""Whether a refused delivery can succeed later, and what a dead letter says of it."""

from __future__ import annotations

from botocore.exceptions import ClientError

_THROTTLED = frozenset(
    {
        "ExecutionLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_TOO_MANY, _OURS, _THEIRS = 429, 400, 500
# How EventBridge names what is wrong, by words in the error's own code.
_NAMES = {
    "AccessDenied": "NO_PERMISSIONS",
    "DoesNotExist": "NO_RESOURCE",
    "NonExistent": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "Validation": "INVALID_PARAMETER",
    "Invalid": "INVALID_PARAMETER",
}


class EndlessError(Exception):
    """Deliveries that lead to deliveries, without an end."""


def code_of(error: Exception) -> str:
    """The error's own code: AccessDeniedException."""
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code") or "Unknown").rsplit("#", 1)[-1]
    return type(error).__name__


def is_throttled(error: Exception) -> bool:
    """Whether the service asked to come back later."""
    return isinstance(error, ClientError) and (
        _status(error) == _TOO_MANY or code_of(error) in _THROTTLED
    )


def is_permanent(error: Exception) -> bool:
    """Whether another attempt would be refused too: the request itself is at fault."""
    if isinstance(error, ClientError):
        return _OURS <= _status(error) < _THEIRS and not is_throttled(error)
    return isinstance(error, EndlessError)


def name_of(error: Exception) -> str:
    """What EventBridge writes into ERROR_CODE.

    (EventBridge guide, dead-letter queues.)
    """
    if isinstance(error, EndlessError):
        return "LAPTOP_LOOP"
    if is_throttled(error):
        return "THROTTLING"
    code = code_of(error)
    for word, name in _NAMES.items():
        if word in code:
            return name
    return "SDK_CLIENT_ERROR" if is_permanent(error) else "INTERNAL_ERROR"


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
