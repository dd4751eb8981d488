"""Turn whatever was raised into a sentence with an exit code."""

import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path

from typer.exceptions import TyperException

from sparkcli.errors import FAILED, CallError, CommandError, OperationError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


def as_command_error(error: Exception) -> CommandError:
    """`error` as what the person is told."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, TyperException):
        return _usage(error)
    for known in (_laptop, _aws, _system):
        explained = known(error)
        if explained:
            return explained
    return _ours(error)


def _usage(error: TyperException) -> CommandError:
    context = getattr(error, "ctx", None)
    command = context.command_path.removeprefix("./sparkrail").strip() if context else ""
    help_of = " ".join(["./sparkrail", *command.split(), "--help"])
    return CallError(error.format_message(), next_command=help_of)


def _laptop(error: Exception) -> CommandError | None:
    laptop = sys.modules.get("sparklaptop")
    if laptop and isinstance(error, laptop.LaptopError):
        command = error.next_command or ""
        own = f"./{command}" if command.startswith("sparkrail ") else command
        return OperationError(_capitalized(error.message), next_command=own or None)
    return None


def _capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _aws(error: Exception) -> CommandError | None:
    botocore = sys.modules.get("botocore.exceptions")
    if not botocore:
        return None
    if isinstance(error, botocore.NoCredentialsError | botocore.TokenRetrievalError):
        return OperationError(
            "There are no valid AWS credentials here. Log in (aws sso login, or set AWS_PROFILE), "
            "or leave out --env to use the laptop cloud."
        )
    if isinstance(error, botocore.ClientError):
        said = error.response["Error"]
        return OperationError(
            f"{error.operation_name} was refused: {said.get('Message')} ({said.get('Code')})"
        )
    if isinstance(error, botocore.HTTPClientError):
        message = f"The cloud does not answer, or stopped answering: {error}"
        return OperationError(message, next_command="./sparkrail doctor")
    return OperationError(str(error)) if isinstance(error, botocore.BotoCoreError) else None


def _system(error: Exception) -> CommandError | None:
    if not isinstance(error, OSError):
        return None
    if error.errno in DISK_FULL:
        place = f" while writing {error.filename}" if error.filename else ""
        return OperationError(
            f"The disk is full{place}. Free some space and run the same command again: what was "
            "half-written is not used.",
            next_command="./sparkrail doctor",
        )
    if isinstance(error, PermissionError | IsADirectoryError | NotADirectoryError):
        return CallError(f"{error.filename}: {error.strerror}.")
    if isinstance(error, BrokenPipeError):
        return CommandError("The reader of this output has gone.")
    return None


def _ours(error: Exception) -> CommandError:
    """A defect of sparkrail: one sentence here, the traceback in a file to send."""
    written = "".join(traceback.format_exception(error))
    if os.environ.get("SPARKRAIL_DEBUG"):
        print(written, file=sys.stderr)
    handle, name = tempfile.mkstemp(prefix="sparkrail-error-", suffix=".txt")
    os.close(handle)
    Path(name).write_text(written)
    fault = CommandError(
        f"This is a defect of sparkrail, not of your job: {type(error).__name__}: {error}. "
        f"The details are in {name}; please report them."
    )
    fault.exit_code = FAILED
    return fault
