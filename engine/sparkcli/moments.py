"""Days and moments as people write them."""

from datetime import UTC, date, datetime, time

from sparkcli.errors import CallError


def read_day(option: str, text: str) -> date:
    """A day such as 2026-11-21.

    Raises:
        CallError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallError(f'{option} "{text}" is not a day. Example: {option} 2026-11-21') from None


def read_moment(text: str, timezone: str) -> datetime:
    """A day or a moment, in UTC.

    Args:
        text: Such as 2026-11-21 or 2026-11-21T06:30Z.
        timezone: What a text without one means, such as "Europe/Paris".

    Raises:
        CallError: It is none.

    >>> read_moment("2026-11-21", "Europe/Paris").isoformat()
    '2026-11-20T23:00:00+00:00'
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CallError(
                f'--since "{text}" is no moment. Examples: --since 2026-11-21, '
                "--since 2026-11-21T06:30Z"
            ) from None
    else:
        moment = datetime.combine(day, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone))
    return moment.astimezone(UTC)
