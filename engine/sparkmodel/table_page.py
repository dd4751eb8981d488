"""The page that documents a table: its contract in words, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sparkmodel.check_words import check_words
from sparkmodel.maintenance import Maintenance
from sparkmodel.pages import (
    cell,
    codes,
    columns_table,
    count,
    facts,
    paragraph,
    section,
    sensitive,
)
from sparkmodel.table import Table

_WRITTEN = {
    "replace": "each run writes the whole table",
    "overwrite_partitions": "a run replaces the partitions that it brings rows for",
    "merge": "a run replaces the rows whose keys it brings, and adds the others",
    "append": "a run adds rows; tried or started again it replaces its own",
}


def table_page(table: Table, *, owner: str | None = None) -> str:
    """Write the page of a table.

    Args:
        table: Its contract.
        owner: The team that answers for it, as `owner_of` says. Default: as the contract says.
    """
    lines = [
        f"# {table.name}",
        *paragraph(table.description),
        *facts(_facts(table, owner or table.owner)),
        *columns_table(table.columns),
        *section("Checks", (f"- {check_words(check)}" for check in table.checks)),
        *section("Changes", _changes(table)),
        *section("Maintenance", [*_maintenance(table.maintenance), *_retention(table)]),
        *section("Who may read", _readers(table)),
    ]
    return "\n".join(lines) + "\n"


def _facts(table: Table, owner: str | None) -> Mapping[str, str]:
    written = f"`{table.write}`: {_WRITTEN[table.write]}"
    if table.latest_by is not None:
        written += f"; of two rows with one key that with the greater `{table.latest_by}` stays"
    return {
        "owner": owner or "the team of the job that writes it",
        "written": written,
        "key": codes(table.key),
        "partition": codes(table.partition),
        "sorted by": codes(table.sort),
        "Iceberg format": f"{table.format_version}",
    }


def _changes(table: Table) -> Iterator[str]:
    for name, column in table.columns.items():
        if column.was is not None:
            yield f"- `{name}` was called `{column.was}`."
    for migration in table.migrations:
        reason = cell(migration.reason)
        if migration.drop is not None:
            yield f"- `{migration.drop}` was dropped: {reason}"
        else:
            yield f"- `{migration.narrow}` became narrower or required: {reason}"


def _maintenance(keeps: Maintenance) -> Iterator[str]:
    if keeps.by == "nobody":
        yield "- Nobody keeps the table: snapshots and small files stay."
        return
    who = "The owner's maintenance job" if keeps.by == "sparkrail" else "Glue's optimizers"
    yield f"- By: {who}."
    yield (
        f"- Snapshots stay {count(keeps.keep_days, 'day')} after the next one, and the last "
        f"{keeps.keep_snapshots} in any case."
    )
    yield (
        f"- Files are written anew towards {keeps.target_file_mb} MiB when a partition has "
        f"{count(keeps.small_files, 'small one')}, or one has "
        f"{count(keeps.delete_files, 'delete file')}."
    )
    yield (f"- Files that no snapshot knows are removed after {count(keeps.orphan_days, 'day')}.")


def _retention(table: Table) -> Iterator[str]:
    if table.retention is None:
        yield "- Rows stay for ever."
    else:
        days = count(table.retention.days, "day")
        yield f"- Rows are deleted {days} after their `{table.retention.column}`."


def _readers(table: Table) -> Iterator[str]:
    yield (
        f'A job that names the table among its inputs, `{{ table = "{table.name}" }}`: its role '
        "gets the right to read this table with the next deploy. Nothing else is needed."
    )
    yield from sensitive(table.columns)
