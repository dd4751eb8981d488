"""Real tables become what their contracts say, or stay as they are."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from random_contracts import Pair

from sparkjob.contracts import Migration, parse_contract
from sparkjob.errors import ContractBroken
from sparkjob.evolution import narrowing
from sparkjob.evolution.differences import differences
from sparkjob.evolution.live_reader import read_live
from sparkjob.evolution.live_table import live_table
from sparkjob.evolution.prepare import prepare
from sparkjob.publishing.iceberg import load

_numbers = itertools.count(1)
COLUMNS = {
    "id": {"type": "long", "required": True, "doc": "Order"},
    "day": {"type": "date"},
    "amount": {"type": "int"},
    "items": {"type": "array<struct<price: float>>"},
}
ROW = "(1, date'2026-11-01', 7, array(named_struct('price', 1.5f)))"


@pytest.fixture
def table(spark):
    """The name of a table that is not there yet."""
    return f"lake.evolution.t{next(_numbers)}"


def contract(**more):
    return parse_contract({"name": "sales.daily", "write": "replace", "columns": COLUMNS, **more})


def columns(**more):
    return {**COLUMNS, **more}


def without(*names, **more):
    return {**{name: each for name, each in COLUMNS.items() if name not in names}, **more}


def live(spark, table):
    return read_live(spark, load(spark, table))


def remaining(spark, table, contract):
    plan = differences(contract, live(spark, table))
    return [*plan.changes, *plan.refusals]


def test_a_table_is_created_as_its_contract_says(spark, table):
    wanted = contract(
        description="It's so",
        partition=["day(day)", "bucket(4, id)"],
        sort=["amount desc", "truncate(10, id)"],
        format_version=3,
    )

    prepare(spark, table, wanted)

    found = live(spark, table)
    assert [str(each) for each in found.partition.values()] == ["day(day)", "bucket(4, id)"]
    assert [str(each) for each in found.sort] == ["amount desc", "truncate(10, id)"]
    assert found.format_version == 3
    assert found.column("id").doc == "Order"
    assert found.digests == (wanted.digest,)
    assert found.written is False
    assert remaining(spark, table, wanted) == []


def test_a_written_table_takes_all_changes_in_one_commit(spark, table):
    prepare(spark, table, contract(partition=["day"], sort=["amount"]))
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    before = load(spark, table).operations().current().previousFiles().size()
    wanted = contract(
        description="new",
        columns={
            "id": {"type": "long", "doc": "Number of the order"},
            "on": {"type": "date", "was": "day"},
            "amount": {"type": "long"},
            "items": {"type": "array<struct<price: double, order: struct<nr: int>>>"},
            "note": {"type": "map<string,int>", "doc": "New"},
        },
        partition=["on", "bucket(8, id)"],
        format_version=3,
    )

    prepare(spark, table, wanted)

    row = spark.table(table).first().asDict(recursive=True)
    assert row == {
        "id": 1,
        "on": date(2026, 11, 1),
        "amount": 7,
        "items": [{"price": 1.5, "order": None}],
        "note": None,
    }
    assert remaining(spark, table, wanted) == []
    after = load(spark, table).operations().current().previousFiles().size()
    assert after == before + 1


def test_what_is_refused_changes_nothing_and_says_what_to_write(spark, table):
    prepare(spark, table, contract())
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    before = live(spark, table)

    with pytest.raises(ContractBroken) as told:
        prepare(
            spark,
            table,
            contract(columns=without("amount", new={"type": "int"}, day={"type": "int"})),
        )

    assert str(told.value).splitlines() == [
        f"the table {table} cannot become what its contract sales.daily says:",
        "  day: is date, the contract says int",
        "    Spark has no cast from the one to the other.",
        '    Either: keep the table\'s type: type = "date"',
        "    Or: add a new column of type int beside it and fill that",
        "  amount: the table has it, the contract does not",
        "    Dropping it would lose its values.",
        "    Either: to keep it, write under [columns] of tables/sales/daily.toml",
        '        amount = { type = "int" }',
        "    Or: to let it go with its values, add to tables/sales/daily.toml",
        "        [[migrations]]",
        '        drop = "amount"',
        '        reason = "say why"',
        "2 differences. Nothing was changed or published. "
        "To look again: sparkrail tables diff sales.daily",
    ]
    assert live(spark, table) == before


def test_a_migration_drops_a_column_once(spark, table):
    prepare(spark, table, contract(sort=["amount"]))
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    wanted = contract(
        columns=without("amount"), migrations=[{"drop": "amount", "reason": "nobody reads it"}]
    )

    prepare(spark, table, wanted)
    prepare(spark, table, wanted)

    assert "amount" not in spark.table(table).columns
    assert spark.table(table).count() == 1


def test_the_json_of_the_metadata_says_the_same_as_java(spark, table):
    prepare(spark, table, contract(partition=["bucket(4, id)"], sort=["day desc"]))
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    prepare(spark, table, contract(partition=["day"]))
    current = load(spark, table).operations().current()
    document = spark._jvm.org.apache.iceberg.TableMetadataParser.toJson(current)

    assert live_table(json.loads(document)) == live(spark, table)


def test_an_older_release_leaves_the_table_as_the_newer_one_made_it(spark, table):
    older, newer = contract(), contract(columns=columns(note={"type": "string"}))
    prepare(spark, table, older)
    prepare(spark, table, newer)
    before = live(spark, table)

    prepare(spark, table, older)

    assert live(spark, table) == before
    assert before.digests == (older.digest, newer.digest)


NARROWED = [{"narrow": "amount", "reason": "small numbers"}]


def wide(spark, table, *amounts, **more):
    prepare(spark, table, contract(columns=columns(amount={"type": "long"}), **more))
    rows = ", ".join(f"({n}, date'2026-11-01', {a}, null)" for n, a in enumerate(amounts, 1))
    spark.sql(f"INSERT INTO {table} VALUES {rows}")


@pytest.mark.slow
@pytest.mark.parametrize("write", ["replace", "merge"])
def test_a_column_becomes_narrower_if_no_value_is_lost(spark, table, write):
    wide(spark, table, 1, "null", 3, write=write)
    wanted = contract(
        columns=columns(id={"type": "int", "required": True, "doc": "Number"}),
        write=write,
        migrations=[*NARROWED, {"narrow": "id", "reason": "few orders"}],
    )

    prepare(spark, table, wanted)
    prepare(spark, table, wanted)

    found = spark.table(table).orderBy("id")
    assert [(row["id"], row["amount"]) for row in found.collect()] == [(1, 1), (2, None), (3, 3)]
    assert found.schema["amount"].dataType.simpleString() == "int"
    assert found.columns == ["id", "day", "amount", "items"]
    assert remaining(spark, table, wanted) == []


@pytest.mark.slow
def test_a_column_that_would_lose_values_stays_and_samples_say_which(spark, table):
    wide(spark, table, 1, 3_000_000_000, 4_000_000_000)
    before = live(spark, table)

    with pytest.raises(ContractBroken) as told:
        prepare(spark, table, contract(key=["id"], migrations=NARROWED))
    hidden = columns(amount={"type": "int", "sensitivity": "personal"})
    with pytest.raises(ContractBroken) as silent:
        prepare(spark, table, contract(columns=hidden, key=["id"], migrations=NARROWED))

    assert "amount: 2 of its values are lost as int" in str(told.value)
    assert "Such as: id 2, amount 3000000000; id 3, amount 4000000000" in str(told.value)
    assert "Such as: id 2, amount (hidden); id 3, amount (hidden)" in str(silent.value)
    assert live(spark, table) == before


def test_a_column_becomes_required_if_every_row_has_a_value(spark, table):
    prepare(spark, table, contract())
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    wanted = contract(
        columns=columns(amount={"type": "int", "required": True}), migrations=NARROWED
    )

    prepare(spark, table, wanted)

    assert live(spark, table).column("amount").required


@pytest.mark.parametrize("kind", ["int", "string"])
def test_a_column_with_nulls_does_not_become_required(spark, table, kind):
    prepare(spark, table, contract())
    spark.sql(f"INSERT INTO {table} VALUES (1, null, null, null)")
    required = columns(amount={"type": kind, "required": True})

    with pytest.raises(ContractBroken, match="amount: 1 rows have no value in it"):
        prepare(spark, table, contract(columns=required, migrations=NARROWED))

    assert not live(spark, table).column("amount").required


@pytest.mark.slow
def test_what_a_deleted_file_may_lack_does_not_become_required(spark, table):
    merged = {"write": "merge", "key": ["id"]}
    prepare(spark, table, contract(**merged))
    spark.sql(f"INSERT INTO {table} VALUES {ROW}, {ROW.replace('1', '2', 1)}")
    note = columns(note={"type": "string"})
    prepare(spark, table, contract(columns=note, **merged))
    spark.sql(f"UPDATE {table} SET note = 'x'")
    required = contract(
        columns=columns(note={"type": "string", "required": True}),
        migrations=[{"narrow": "note", "reason": "each has one"}],
        **merged,
    )

    with pytest.raises(ContractBroken, match="note: cannot become required while the table has"):
        prepare(spark, table, required)
    spark.sql(
        f"CALL lake.system.rewrite_data_files(table => '{table.partition('.')[2]}', options => "
        "map('delete-file-threshold', '1', 'remove-dangling-deletes', 'true'))"
    )
    prepare(spark, table, required)

    assert [row["note"] for row in spark.table(table).collect()] == ["x", "x"]


class Killed(BaseException):
    """What a SIGKILL leaves undone."""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["_fill", "_swap"])
def test_a_narrowing_that_was_killed_is_finished_by_the_next_try(spark, table, monkeypatch, moment):
    wide(spark, table, 1, 2)
    wanted = contract(migrations=NARROWED)

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(narrowing, moment, killed)
        with pytest.raises(Killed):
            prepare(spark, table, wanted)
    assert spark.table(table).schema["amount"].dataType.simpleString() == "bigint"
    spark.sql(
        f"INSERT INTO {table} (id, day, amount, items, _amount_narrowed) "
        "VALUES (3, null, 3, null, null)"
    )

    prepare(spark, table, wanted)

    found = spark.table(table).orderBy("id")
    assert [row["amount"] for row in found.collect()] == [1, 2, 3]
    assert remaining(spark, table, wanted) == []


@pytest.mark.slow
def test_a_migration_that_is_taken_back_leaves_nothing(spark, table, monkeypatch):
    wide(spark, table, 1, 2)

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(narrowing, "_swap", killed)
        with pytest.raises(Killed):
            prepare(spark, table, contract(migrations=NARROWED))
    back = contract(
        columns=columns(amount={"type": "long"}), migrations=[{"drop": "old", "reason": "gone"}]
    )
    prepare(spark, table, back)

    assert spark.table(table).columns == list(COLUMNS)
    assert remaining(spark, table, back) == []


@pytest.mark.slow
def test_a_column_that_files_were_split_by_goes_once_nothing_needs_it(spark, table):
    prepare(spark, table, contract(partition=["amount"]))
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")
    wanted = contract(
        columns=without("amount"), migrations=[{"drop": "amount", "reason": "nobody reads it"}]
    )
    with pytest.raises(ContractBroken, match="files are or were split by it"):
        prepare(spark, table, wanted)

    prepare(spark, table, contract())
    name = table.partition(".")[2]
    spark.sql(
        f"CALL lake.system.rewrite_data_files("
        f"table => '{name}', options => map('rewrite-all', 'true'))"
    )
    spark.sql(f"INSERT INTO {table} VALUES {ROW}")  # the rewrite itself still lists the old files
    spark.sql(
        f"CALL lake.system.expire_snapshots(table => '{name}', "
        "older_than => timestamp '2100-01-01', clean_expired_metadata => true)"
    )
    prepare(spark, table, wanted)

    assert spark.table(table).columns == ["id", "day", "items"]
    assert spark.table(f"{table}.files").count() == 2


@pytest.mark.slow
def test_writers_that_evolve_a_table_at_once_end_in_one_result(spark, table):
    sessions = [spark, *(spark.newSession() for _ in range(3))]  # each with its own catalog
    wanted = contract(
        columns=without("amount", total={"type": "long", "was": "amount"}, note={"type": "string"}),
        partition=["bucket(4, id)"],
        sort=["id"],
    )
    for each in (contract(), wanted):
        with ThreadPoolExecutor(len(sessions)) as pool:
            list(pool.map(lambda session, made=each: prepare(session, table, made), sessions))
        spark.sql(f"REFRESH TABLE {table}")

    assert spark.table(table).columns == ["id", "day", "total", "items", "note"]
    assert remaining(spark, table, wanted) == []


@pytest.mark.slow
def test_writers_that_narrow_a_column_at_once_end_in_one_result(spark, table):
    wide(spark, table, 1, 2)
    wanted = contract(migrations=NARROWED)
    sessions = [spark, spark.newSession()]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda session: prepare(session, table, wanted), sessions))

    spark.sql(f"REFRESH TABLE {table}")
    assert sorted(row["amount"] for row in spark.table(table).collect()) == [1, 2]
    assert remaining(spark, table, wanted) == []


def test_a_writer_whose_column_was_narrowed_meanwhile_by_another_is_done(spark, table, monkeypatch):
    wide(spark, table, 1, 2)
    wanted = contract(migrations=NARROWED)
    swap, others = narrowing._swap, [spark.newSession()]

    def late(session, *rest):
        if others:
            prepare(others.pop(), table, wanted)
        return swap(session, *rest)

    monkeypatch.setattr(narrowing, "_swap", late)
    prepare(spark, table, wanted)

    spark.sql(f"REFRESH TABLE {table}")
    assert sorted(row["amount"] for row in spark.table(table).collect()) == [1, 2]
    assert remaining(spark, table, wanted) == []


@pytest.mark.slow
def test_random_contracts_evolve_real_tables(spark):
    changed = refused = 0
    for seed in itertools.count(1):
        pair = Pair(seed)
        old = replace(pair.old, columns=tuple(replace(c, required=False) for c in pair.old.columns))
        new = replace(pair.new, migrations=(*pair.new.migrations, Migration(drop="zz")))
        if old.write == "append" or new.write == "append":
            continue
        table = f"lake.evolution.random{seed}"
        prepare(spark, table, old)
        names = ", ".join("NULL" for _ in old.columns)
        spark.sql(f"INSERT INTO {table} VALUES ({names})")
        before = live(spark, table)
        try:
            prepare(spark, table, new)
        except ContractBroken:
            refused += 1
            assert live(spark, table) == before
        else:
            changed += 1
            assert remaining(spark, table, new) == []
            assert spark.table(table).count() == 1
        if changed >= 10 and refused >= 5:
            return
