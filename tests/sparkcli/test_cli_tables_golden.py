"""What the commands about tables print, word for word: golden/tables/<name>.txt.

SPARKRAIL_GOLDEN=write writes the answers anew; review them like code.
"""

from pathlib import Path

import pytest
from cli_cloud import add_job
from cli_golden import compare
from cli_tables import DATABASE, SCHEMA, days

GOLDEN = sorted((Path(__file__).parent / "golden/tables").glob("*.txt"))
VARIES = {
    r"\b\d+\.\d s\b": "N s",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "TIME",
    r"00000-[0-9a-f-]{36}": "00000-UUID",
}


@pytest.fixture
def told(shop, project, ledger_row):
    """Three runs, of which the last is bad and read; one that a failed audit stopped."""
    add_job(project, "totals", reads="shop.daily")
    ledger_row("20261122T070000Z", job="totals", since="2999-01-01T00:00:00Z")
    for day in (18, 19, 20):
        interval = f"202611{day}T000000Z"
        shop.append(f"202611{day + 1}T063000Z", days(day), interval=interval)
    shop.stage("run_sales_20261122T063000Z_1", "20261122T063000Z", days(21))
    shop.catalog.create_table(f"{DATABASE}.scratch", SCHEMA)
    contract = project / "tables/shop/daily.toml"
    contract.write_text(contract.read_text().replace('"double"', '"int"'))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_commands_print_what_is_written_down(path, sparkrail, told, tmp_path):
    compare(path, sparkrail, tmp_path, VARIES)
