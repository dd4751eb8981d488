"""Errors of the EMR Serverless API."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


class InvalidError(JsonRESTError):  # type: ignore[misc]
    """ValidationException."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class NotFoundError(JsonRESTError):  # type: ignore[misc]
    """ResourceNotFoundException."""

    code = 404

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message)


class ConflictError(JsonRESTError):  # type: ignore[misc]
    """ConflictException."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)
