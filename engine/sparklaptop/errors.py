"""What a person reads when the laptop cloud cannot do something."""

from __future__ import annotations


class LaptopError(Exception):
    """Something about this computer or the laptop cloud is wrong; the text ends with what to do.

    Args:
        message: What is wrong and where.
        next_command: What to type to get further. Default: nothing is suggested.
    """

    def __init__(self, message: str, *, next_command: str | None = None) -> None:
        self.message = message
        self.next_command = next_command
        super().__init__(f"{message}\n    Next: {next_command}" if next_command else message)
