"""Every difference between a table and its contract: what is done about it, and what is not."""

from dataclasses import replace

import pytest
from evolution_model import live_column, live_of

from sparkjob.contracts import Transform, parse_contract
from sparkjob.evolution.differences import differences
from sparkjob.evolution.live_table import DIGESTS, LiveColumn

COLUMNS = {
    "id": {"type": "long", "required": True},
    "day": {"type": "date"},
    "amount": {"type": "int"},
    "ratio": {"type": "float"},
    "price": {"type": "decimal(8,2)"},
    "address": {"type": "struct<street: string, nr: int>"},
    "items": {"type": "array<struct<price: float>>"},
    "counts": {"type": "map<string,int>"},
}


def contract(**more):
    return parse_contract({"name": "sales.daily", "write": "replace", "columns": COLUMNS, **more})


def columns(**more):
    """All columns, some of them otherwise; None: not there."""
    return {name: each for name, each in {**COLUMNS, **more}.items() if each is not None}


def told(found):
    return [f"{each.column}: {each.what}" for each in found if each.column != DIGESTS]


def changes(old, new, **live):
    plan = differences(new, replace(live_of(old), **live))
    assert plan.refusals == ()
    return told(plan.changes)


def refusals(old, new, **live):
    plan = differences(new, replace(live_of(old), **live))
    assert plan.changes == ()
    return [str(each) for each in plan.refusals]


CHANGES = {
    "a new column": (
        columns(note={"type": "string", "doc": "Free text"}),
        ["note: is new: string"],
    ),
    "a new field of a struct": (
        columns(address={"type": "struct<street: string, nr: int, zip: string>"}),
        ["address.zip: is new: string"],
    ),
    "a new field inside an array": (
        columns(items={"type": "array<struct<price: float, tags: array<string>>>"}),
        ["items.element.tags: is new: array<string>"],
    ),
    "a long for an int": (columns(amount={"type": "long"}), ["amount: becomes long, was int"]),
    "a double for a float": (
        columns(ratio={"type": "double"}),
        ["ratio: becomes double, was float"],
    ),
    "more digits": (
        columns(price={"type": "decimal(20,2)"}),
        ["price: becomes decimal(20,2), was decimal(8,2)"],
    ),
    "a wider field": (
        columns(address={"type": "struct<street: string, nr: long>"}),
        ["address.nr: becomes long, was int"],
    ),
    "a wider field inside an array": (
        columns(items={"type": "array<struct<price: double>>"}),
        ["items.element.price: becomes double, was float"],
    ),
    "wider values of a map": (
        columns(counts={"type": "map<string,long>"}),
        ["counts.value: becomes long, was int"],
    ),
    "a new name": (
        columns(amount=None, total={"type": "int", "was": "amount"}),
        ["total: is the new name of amount; its values stay"],
    ),
    "a new name and a wider type": (
        columns(amount=None, total={"type": "long", "was": "amount"}),
        ["total: is the new name of amount; its values stay", "total: becomes long, was int"],
    ),
    "a name that is given on": (
        columns(total={"type": "int", "was": "amount"}, amount={"type": "string"}),
        ["total: is the new name of amount; its values stay", "amount: is new: string"],
    ),
    "another description": (
        columns(day={"type": "date", "doc": 'The "day"'}),
        ['day: is described as "The "day""'],
    ),
    "optional": (columns(id={"type": "long"}), ["id: becomes optional"]),
    "another order of columns": (dict(reversed(COLUMNS.items())), []),
    "another order of fields": (
        columns(address={"type": "struct<nr: int, street: string>"}),
        [],
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_columns_follow_the_contract(case):
    new, expected = CHANGES[case]

    assert changes(contract(), contract(columns=new)) == expected


LAYOUT = {
    "a part comes": ({}, {"partition": ["day(day)"]}, ["day: new files are split by day(day)"]),
    "a part goes": (
        {"partition": ["day"]},
        {},
        ["day: new files are not split by day any more"],
    ),
    "a part is replaced": (
        {"partition": ["bucket(4, id)"]},
        {"partition": ["bucket(8, id)"]},
        [
            "id: new files are not split by bucket(4, id) any more",
            "id: new files are split by bucket(8, id)",
        ],
    ),
    "sorted": (
        {},
        {"sort": ["truncate(10, id)", "day desc"]},
        ["sort: new files are sorted by truncate(10, id), day desc"],
    ),
    "not sorted": ({"sort": ["day"]}, {}, ["sort: new files are not sorted any more"]),
    "a newer format": (
        {},
        {"format_version": 3},
        ["format_version: Iceberg's format 3 instead of 2"],
    ),
    "a new column as a part": (
        {},
        {"columns": columns(state={"type": "string"}), "partition": ["state"]},
        ["state: is new: string", "state: new files are split by state"],
    ),
    "a part under its new name": (
        {"partition": ["day"], "sort": ["day desc"]},
        {
            "columns": columns(day=None, on={"type": "date", "was": "day"}),
            "partition": ["on"],
            "sort": ["on desc"],
        },
        ["on: is the new name of day; its values stay"],
    ),
}


@pytest.mark.parametrize("case", LAYOUT)
def test_the_layout_follows_the_contract(case):
    old, new, expected = LAYOUT[case]
    found = changes(contract(**old), contract(**new))

    assert [each for each in found if not each.startswith("write.")] == expected


PROPERTIES = {
    "split": ({"partition": ["day"]}, {"write.distribution-mode": "hash"}),
    "sorted": ({"sort": ["id"]}, {"write.distribution-mode": "range"}),
    "neither": ({}, {"write.distribution-mode": "none", "write.merge.mode": "copy-on-write"}),
    "append": ({"write": "append"}, {"write.distribution-mode": "none"}),
    "merge": (
        {"write": "merge", "key": ["id"]},
        {"write.merge.mode": "merge-on-read", "write.delete.mode": "merge-on-read"},
    ),
    "merge, unmaintained": (
        {"write": "merge", "key": ["id"], "maintenance": {"by": "nobody"}},
        {"write.merge.mode": "copy-on-write"},
    ),
    "small files": (
        {"maintenance": {"target_file_mb": 16}},
        {"write.target-file-size-bytes": "16777216"},
    ),
    "any": (
        {"description": "A row per day"},
        {
            "comment": "A row per day",
            "commit.retry.num-retries": "20",
            "write.metadata.delete-after-commit.enabled": "true",
            "write.metadata.previous-versions-max": "50",
        },
    ),
}


@pytest.mark.parametrize("case", PROPERTIES)
def test_properties_follow_the_contract_and_nobody_elses_are_touched(case):
    said, expected = PROPERTIES[case]
    wanted = contract(**said)
    live = replace(live_of(wanted), properties={"somebodys": "own", "gc.enabled": "false"})

    found = {each.column: each.value for each in differences(wanted, live).changes}

    assert expected.items() <= found.items()
    assert "gc.enabled" not in found
    assert found[DIGESTS] == wanted.digest


def block(kind, column):
    return f'      [[migrations]]\n      {kind} = "{column}"\n      reason = "say why"'


NARROW = "  Or: to have it, if no value is lost, add to tables/sales/daily.toml\n"
REFUSALS = {
    "a column that goes": (
        {"columns": columns(amount=None)},
        "amount: the table has it, the contract does not\n"
        "  Dropping it would lose its values.\n"
        "  Either: to keep it, write under [columns] of tables/sales/daily.toml\n"
        '      amount = { type = "int" }\n'
        "  Or: to let it go with its values, add to tables/sales/daily.toml\n"
        + block("drop", "amount"),
    ),
    "a column that may have a new name": (
        {"columns": columns(amount=None, amounts={"type": "int"})},
        "amount: the table has it, the contract does not\n"
        "  Dropping it would lose its values.\n"
        "  Either: to keep it, write under [columns] of tables/sales/daily.toml\n"
        '      amount = { type = "int" }\n'
        '  Or: if it is called amounts now, say so there: was = "amount"\n'
        "  Or: to let it go with its values, add to tables/sales/daily.toml\n"
        + block("drop", "amount"),
    ),
    "a narrower type": (
        {"columns": columns(id={"type": "int", "required": True})},
        "id: is long, the contract says int\n"
        "  Not every value is sure to fit.\n"
        '  Either: keep the table\'s type: type = "long"\n' + NARROW + block("narrow", "id"),
    ),
    "another scale": (
        {"columns": columns(price={"type": "decimal(10,4)"})},
        "price: is decimal(8,2), the contract says decimal(10,4)\n"
        "  Not every value is sure to fit.\n"
        '  Either: keep the table\'s type: type = "decimal(8,2)"\n'
        + NARROW
        + block("narrow", "price"),
    ),
    "a type without a cast": (
        {"columns": columns(day={"type": "boolean"})},
        "day: is date, the contract says boolean\n"
        "  Spark has no cast from the one to the other.\n"
        '  Either: keep the table\'s type: type = "date"\n'
        "  Or: add a new column of type boolean beside it and fill that",
    ),
    "a narrower field": (
        {"columns": columns(items={"type": "array<struct<price: int>>"})},
        "items: items.element.price: float, in the contract int\n"
        "  Not every value is sure to fit.\n"
        '  Either: keep the table\'s type: type = "array<struct<price:float>>"\n'
        + NARROW
        + block("narrow", "items"),
    ),
    "other values of a map": (
        {"columns": columns(counts={"type": "map<string,string>"})},
        "counts: counts.value: int, in the contract string\n"
        "  Maps are not compared, so nobody can say whether a value is lost.\n"
        '  Either: keep the table\'s type: type = "map<string,int>"\n'
        "  Or: add a new column of type map<string,string> beside it and fill that",
    ),
    "a field that goes or has a new name": (
        {"columns": columns(address={"type": "struct<road: string, nr: int>"})},
        "address.street: the table has this field, the contract does not\n"
        "  Fields inside a column are neither dropped nor renamed: their values would be lost.\n"
        "  Either: put it back into address, which the table has as "
        '"struct<street:string,nr:int>"\n'
        "  Or: give the new shape to a column of another name, and drop address",
    ),
    "a new required column": (
        {"columns": columns(state={"type": "string", "required": True})},
        "state: is new and required, and the table has been written\n"
        "  Rows that are there have no value in it.\n"
        "  Either: leave `required = true` out in tables/sales/daily.toml\n"
        "  Or: first release: without `required`, and fill it. When every row has a value:\n"
        "      required = true, with\n" + block("narrow", "state"),
    ),
    "a column that becomes required": (
        {"columns": columns(day={"type": "date", "required": True})},
        "day: is optional in the table, required in the contract\n"
        "  Rows without a value could no longer be read.\n"
        "  Either: leave `required = true` out\n" + NARROW + block("narrow", "day"),
    ),
    "a new name for nothing": (
        {"columns": columns(total={"type": "int", "was": "sum"})},
        "total: is to be the new name of sum, but the table has neither\n"
        "  There is nothing to rename.\n"
        "  Either: name the column that it was in tables/sales/daily.toml\n"
        '  Or: take was = "sum" out: total is then added, empty',
    ),
    "a new name that is taken": (
        {"columns": columns(amount=None, ratio={"type": "float", "was": "amount"})},
        "amount: the table has it beside ratio, which the contract says it became\n"
        "  Renaming is done only while the new name is free; which values count?\n"
        "  Either: to keep it, write under [columns] of tables/sales/daily.toml\n"
        '      amount = { type = "int" }\n'
        "  Or: to let it go with its values, add to tables/sales/daily.toml\n"
        + block("drop", "amount"),
    ),
    "two new names for one": (
        {
            "columns": columns(
                amount=None,
                total={"type": "int", "was": "amount"},
                value={"type": "int", "was": "amount"},
            )
        },
        "value: is to be the new name of amount, and so is another column\n"
        "  A column becomes one other.\n"
        '  Either: leave was = "amount" to one of them',
    ),
    "a name in other letters": (
        {"columns": columns(amount=None, Amount={"type": "int"})},
        "Amount: differs from the table's amount in upper and lower case only\n"
        "  Spark takes the two for one.\n"
        "  Either: call it amount\n"
        '  Or: rename it: was = "amount"',
    ),
    "an append table of rows without run key": (
        {"write": "append"},
        "run_key: is missing: an append table says of each row which run wrote it\n"
        "  Rows that are there have no value in it.\n"
        "  Either: keep another write mode than append in tables/sales/daily.toml\n"
        "  Or: write a new table",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_loses_something_is_left_to_a_person(case):
    said, expected = REFUSALS[case]

    assert refusals(contract(), contract(**said)) == [expected]


SPLIT = {
    "dropped while files are split by it": (
        {"columns": columns(day=None), "migrations": [{"drop": "day", "reason": "unused"}]},
        {},
        "day: is to be dropped, but the table's files are or were split by it",
    ),
    "dropped while older files are split by it": (
        {"columns": columns(day=None), "migrations": [{"drop": "day", "reason": "unused"}]},
        {"partition": {}, "former": {"day": Transform("day")}},
        "day: is to be dropped, but the table's files are or were split by it",
    ),
    "its name is given on": (
        {
            "columns": columns(on={"type": "date", "was": "day"}, day={"type": "int"}),
            "partition": ["on"],
        },
        {},
        "day: is the name of a part by which the table's files are or were split (day)",
    ),
    "a column of a part's name": (
        {"columns": columns(id_bucket_4={"type": "int"}), "partition": ["bucket(4, id)"]},
        {},
        "partition: bucket(4, id) makes parts of the name id_bucket_4, which is also a column",
    ),
    "narrower": (
        {
            "columns": columns(day={"type": "string"}),
            "migrations": [{"narrow": "day", "reason": "text"}],
        },
        {},
        "day: is date, the contract says string",
    ),
}


@pytest.mark.parametrize("case", SPLIT)
def test_a_column_that_files_are_split_by_is_needed(case):
    said, live, expected = SPLIT[case]

    found = refusals(contract(partition=["day"]), contract(**said), **live)

    assert expected in [each.splitlines()[0] for each in found]


def test_there_is_no_way_back_to_an_older_format():
    assert refusals(contract(format_version=3), contract(sort=["id"])) == [
        "format_version: the table is of Iceberg's format 3, the contract says 2\n"
        "  There is no way back to an older format.\n"
        "  Either: write in tables/sales/daily.toml\n"
        "      format_version = 3"
    ]


def test_all_refusals_are_listed_and_nothing_is_changed():
    new = contract(columns=columns(amount=None, day={"type": "boolean"}, note={"type": "string"}))

    assert [each.splitlines()[0] for each in refusals(contract(), new)] == [
        "day: is date, the contract says boolean",
        "amount: the table has it, the contract does not",
    ]


MIGRATIONS = {
    "drop": (
        {"columns": columns(amount=None), "migrations": [{"drop": "amount", "reason": "unused"}]},
        ["amount: is dropped"],
    ),
    "a narrower type": (
        {
            "columns": columns(id={"type": "int", "required": True}),
            "migrations": [{"narrow": "id", "reason": "few"}],
        },
        ["id: becomes int, was long, if every value fits; it is written anew"],
    ),
    "fields in another order": (
        {
            "columns": columns(address={"type": "struct<nr: string, street: string>"}),
            "migrations": [{"narrow": "address", "reason": "12a"}],
        },
        [
            "address: becomes struct<street:string,nr:string>, was struct<street:string,nr:int>, "
            "if every value fits; it is written anew"
        ],
    ),
    "required": (
        {
            "columns": columns(day={"type": "date", "required": True}),
            "migrations": [{"narrow": "day", "reason": "always known"}],
        },
        ["day: becomes required, if every row has a value"],
    ),
    "made already": (
        {"migrations": [{"drop": "old", "reason": "x"}, {"narrow": "id", "reason": "y"}]},
        [],
    ),
}


@pytest.mark.parametrize("case", MIGRATIONS)
def test_a_migration_says_that_a_loss_is_wanted(case):
    said, expected = MIGRATIONS[case]

    assert changes(contract(), contract(**said)) == expected


def test_a_table_without_rows_takes_required_columns():
    new = contract(
        columns=columns(
            day={"type": "date", "required": True}, state={"type": "string", "required": True}
        )
    )

    assert changes(contract(), new, written=False) == [
        "day: becomes required, if every row has a value",
        "state: is new: string, required",
    ]


def test_parts_that_the_table_requires_become_optional():
    live = live_of(contract())
    element = replace(live_column("element", "struct<price: float>"), required=True)
    there = [
        replace(each, parts=(element,)) if each.name == "items" else each for each in live.columns
    ]

    found = differences(contract(), replace(live, columns=tuple(there))).changes

    assert told(found) == ["items.element: becomes optional"]


def test_a_type_that_contracts_have_no_word_for_can_only_be_dropped():
    live = live_of(contract())
    live = replace(live, columns=(*live.columns, LiveColumn("key", "uuid")))

    (found,) = differences(contract(), live).refusals

    assert [each.splitlines()[0] for each in found.choices] == [
        "to let it go with its values, add to tables/sales/daily.toml"
    ]


HELPER = live_column("_id_narrowed", "int")


def test_a_narrowing_that_was_interrupted_goes_on():
    live = live_of(contract())
    live = replace(live, columns=(*live.columns, HELPER))
    wanted = contract(
        columns=columns(id={"type": "int", "required": True}),
        migrations=[{"narrow": "id", "reason": "few"}],
    )

    assert told(differences(wanted, live).changes) == [
        "id: becomes int, was long, if every value fits; it is written anew"
    ]


def test_what_an_interrupted_narrowing_left_goes_with_its_migration():
    live = live_of(contract())
    live = replace(live, columns=(*live.columns, HELPER))

    assert told(differences(contract(), live).changes) == ["_id_narrowed: is dropped"]


def older(old, newer, **live):
    """The plan of an older release, after a newer one shaped the table."""
    properties = {**live_of(newer).properties, DIGESTS: f"{old.digest},{newer.digest}"}
    return differences(old, replace(live_of(newer), properties=properties, **live))


def test_an_older_release_may_write_what_still_fits():
    newer = contract(
        columns=columns(
            amount={"type": "long"},
            note={"type": "string"},
            address={"type": "struct<street: string, nr: int, zip: string>"},
        ),
        partition=["day"],
        sort=["id"],
        format_version=3,
    )

    found = older(contract(), newer)

    assert (found.older, found.changes, found.refusals) == (True, (), ())


OLDER = {
    "a column is gone": (
        columns(amount=None),
        "amount: this release writes it, but the table has it no more",
    ),
    "a column is narrower": (
        columns(id={"type": "int", "required": True}),
        "id: is int in the table, this release writes long",
    ),
    "a new one is required": (
        columns(state={"type": "string", "required": True}),
        "state: is required in the table, and this release does not write it",
    ),
}


@pytest.mark.parametrize("case", OLDER)
def test_an_older_release_may_not_write_what_does_not_fit(case):
    new, expected = OLDER[case]

    (found,) = older(contract(), contract(columns=new)).refusals

    assert str(found).splitlines() == [
        expected,
        "  A newer release changed the table, and this one does not change it back.",
        "  Either: deploy the newest release of the job",
        "  Or: put the newest tables/sales/daily.toml into this release",
    ]


def test_who_goes_back_on_purpose_is_not_an_older_release():
    newer = contract(columns=columns(note={"type": "string"}))
    back = contract(migrations=[{"drop": "note", "reason": "nobody filled it"}])
    properties = {**live_of(newer).properties, DIGESTS: f"{contract().digest},{newer.digest}"}

    found = differences(back, replace(live_of(newer), properties=properties))

    assert told(found.changes) == ["note: is dropped"]


def test_the_table_remembers_twenty_contracts():
    digests = [f"{number:012}" for number in range(20)]
    live = live_of(contract())
    live = replace(live, properties={**live.properties, DIGESTS: ",".join(digests)})

    (found,) = differences(contract(), live).changes

    assert found.value == ",".join([*digests[1:], contract().digest])
