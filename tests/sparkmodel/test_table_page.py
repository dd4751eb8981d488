"""A table's page says what its contract says."""

from sparkmodel import Table
from sparkmodel.table_page import table_page

WHOLE = """\
# health.hints

One row per hint

| | |
|---|---|
| owner | health |
| written | `merge`: a run replaces the rows whose keys it brings, and adds the others; of two \
rows with one key that with the greater `seen_at` stays |
| key | `hint_id` |
| partition | `status`, `day(seen_at)`, `bucket(16, hint_id)` |
| sorted by | `truncate(100000000, hint_id)`, `amount desc` |
| Iceberg format | 3 |

## Columns

| column | type | required | sensitivity | meaning |
|---|---|---|---|---|
| `hint_id` | `long` | yes |  | Given by the source |
| `status` | `string` | yes |  |  |
| `seen_at` | `timestamp` | yes |  |  |
| `amount` | `decimal(10,2)` |  |  |  |
| `ratio` | `double` |  |  |  |
| `email` | `string` |  | personal |  |
| `day` | `date` |  |  |  |
| `tags` | `map<string, array<struct<a: int, b: boolean>>>` |  |  |  |

## Checks

- **plausible**: `ratio` is 0 to 1, but for 1 % of the rows; else it is reported.
- `status` is one of `open`, `closed`; else the run publishes nothing.
- `email` has a value; else the run publishes nothing.
- no two rows have the same `hint_id`, `status`; else the run publishes nothing.
- a run brings 1 to 1,000,000 rows; else the run publishes nothing.
- the newest `seen_at` is at most 26 hours before the end of the run's interval, or before now; \
else the run publishes nothing.
- **no orphan**: `SELECT * FROM staged WHERE hint_id < 0` returns no row; else the run publishes \
nothing.

## Changes

- `amount` was called `sum`.
- `remark` was dropped: nobody read it
- `amount` became narrower or required: no amount has more digits

## Maintenance

- By: The owner's maintenance job.
- Snapshots stay 7 days after the next one, and the last 20 in any case.
- Files are written anew towards 512 MiB when a partition has 5 small ones, or one has 3 delete \
files.
- Files that no snapshot knows are removed after 7 days.
- Rows are deleted 730 days after their `day`.

## Who may read

A job that names the table among its inputs, `{ table = "health.hints" }`: its role gets the right \
to read this table with the next deploy. Nothing else is needed.

No message, mail or report shows values of `email`.
"""

SMALL = """\
# health.beds

| | |
|---|---|
| owner | beds |
| written | `append`: a run adds rows; tried or started again it replaces its own |
| Iceberg format | 2 |

## Columns

| column | type | required | sensitivity | meaning |
|---|---|---|---|---|
| `state` | `string` |  |  | a \\| b, of the source |

## Maintenance

- Nobody keeps the table: snapshots and small files stay.
- Rows stay for ever.

## Who may read

A job that names the table among its inputs, `{ table = "health.beds" }`: its role gets the right \
to read this table with the next deploy. Nothing else is needed.
"""


def test_all_of_a_contract_is_on_its_page(project):
    project.whole_contract()

    assert table_page(project.load().tables["health.hints"]) == WHOLE


def test_what_a_contract_does_not_say_is_not_on_its_page():
    table = Table.model_validate(
        {
            "name": "health.beds",
            "write": "append",
            "columns": {"state": {"type": "string", "doc": "a | b,\nof the source"}},
            "maintenance": {"by": "nobody"},
        }
    )

    assert table_page(table, owner="beds") == SMALL
