"""What was sent, and what became of it, on the screen."""

from sparkcli.producing.check import Checked
from sparkcli.producing.production import Produced
from sparkcli.screen import Screen, table


def show_checked(screen: Screen, checked: list[Checked]) -> None:
    """Print what became of what was sent, a line per stream."""
    rows = []
    for one in checked:
        found = one.comparison
        rows.append(
            [
                one.stream,
                one.table,
                sum(found.acknowledged.values()),
                "cannot be said" if found.lost is None else found.lost,
                found.duplicated,
                f"{found.quarantined} of {found.acknowledged['bad']}",
                f"{found.late} of {found.acknowledged['late']}",
                found.misjudged,
            ]
        )
    columns = ["stream", "table", "acknowledged", "lost", "duplicated", "quarantined", "late"]
    screen.result(table([*columns, "misjudged"], rows))
    for one in checked:
        if one.comparison.in_time:
            screen.say(
                f"{one.stream}: {one.comparison.in_time} of the late records came before the "
                "watermark had passed them, so they are rows."
            )


def show_produced(screen: Screen, produced: Produced) -> None:
    """Print what was sent and acknowledged."""
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in produced.acknowledged.items())
    screen.result(
        f"{produced.topic}: {sum(produced.acknowledged.values()):,} acknowledged ({kinds}) in "
        f"{produced.seconds:.1f} s"
    )
    if produced.unknown:
        screen.result(f"{produced.unknown:,} without an answer: each may be there or not.")


def differences(checked: Checked) -> str:
    """How what is there differs from what was sent, in a few words."""
    found = checked.comparison
    return f"lost {found.lost}, duplicated {found.duplicated}, misjudged {found.misjudged}"
