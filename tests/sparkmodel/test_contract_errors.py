"""Every mistake in a contract is answered: where, what, why, what is allowed, what was meant."""

import pytest

from sparkmodel import Table

TYPES = (
    "Types: string, int, long, float, double, boolean, date, timestamp, timestamp_ntz, binary, "
    "decimal(precision,scale), array<type>, map<type,type>, struct<name:type>."
)
COLUMNS = "Columns: hint_id, status, seen_at, amount, ratio, email, day, tags."
TRANSFORMS = (
    "Allowed: column, year(column), month(column), day(column), hour(column), bucket(16, column), "
    "truncate(10, column)."
)
AGED = "date, timestamp, timestamp_ntz"
REPLACING = """\
write = "merge"
key = ["hint_id"]
partition = ["status", "day(seen_at)", "bucket(16, hint_id)"]
sort = ["truncate(100_000_000, hint_id)", "amount desc"]
format_version = 3
latest_by = "seen_at\""""

TOP_LEVEL = {
    "newer format": ("format = 1", "format = 2", 1, "format", "Allowed: 1.", None),
    "owner in capitals": ('"health"', '"Health"', 3, "owner", "is not a name", None),
    "unknown mode": (
        '"merge"',
        '"merg"',
        4,
        "write",
        "is not allowed. Allowed: replace, overwrite_partitions, merge, append.",
        "merge",
    ),
    "unknown format version": (
        "format_version = 3",
        "format_version = 4",
        8,
        "format_version",
        "Allowed: 2, 3.",
        None,
    ),
    "misspelt key": (
        "partition =",
        "partitions =",
        6,
        "partitions",
        "is not a key. Keys: checks, columns, description, format, format_version, key, latest_by, "
        "maintenance, migrations, owner, partition, retention, sort, write.",
        "partition",
    ),
    "key without column": ('["hint_id"]\n', '["hintid"]\n', 5, "key[0]", COLUMNS, "hint_id"),
    "key twice": ('["hint_id"]\n', '["hint_id", "hint_id"]\n', 5, "key[1]", "twice", None),
    "key with parts": (
        '["hint_id"]\n',
        '["tags"]\n',
        5,
        "key[0]",
        "a key is made of columns without parts.",
        None,
    ),
    "key that may be null": (
        '{ type = "long", required = true,',
        '{ type = "long",',
        11,
        "columns.hint_id.required",
        "must be true: the column is part of the key, and a null names nothing.",
        None,
    ),
    "merge without key": (
        'key = ["hint_id"]\n',
        "",
        1,
        "key",
        'is missing: write = "merge" finds the row to replace by its key.',
        None,
    ),
    "overwrite without partition": (
        REPLACING,
        'write = "overwrite_partitions"',
        1,
        "partition",
        'is missing: write = "overwrite_partitions" replaces the parts that a run brings.',
        None,
    ),
    "latest_by without merge": (
        '"merge"',
        '"append"',
        9,
        "latest_by",
        'goes with write = "merge" only',
        None,
    ),
    "latest_by without column": (
        'latest_by = "seen_at"',
        'latest_by = "seen"',
        9,
        "latest_by",
        COLUMNS,
        "seen_at",
    ),
    "latest_by of the key": (
        'latest_by = "seen_at"',
        'latest_by = "hint_id"',
        9,
        "latest_by",
        "never differ in it",
        None,
    ),
    "latest_by without order": (
        'latest_by = "seen_at"',
        'latest_by = "ratio"',
        9,
        "latest_by",
        f"no sure order. It goes with int, long, decimal, string, {AGED}.",
        None,
    ),
    "latest_by that may be null": (
        '{ type = "timestamp", required = true }',
        '{ type = "timestamp" }',
        13,
        "columns.seen_at.required",
        "a null is neither older nor newer",
        None,
    ),
}

PARTS = '"status", "day(seen_at)", "bucket(16, hint_id)"'
PARTITION = {
    name: (PARTS, PARTS.replace(f'"{old}"', f'"{new}"'), 6, f"partition[{index}]", says, near)
    for name, (old, new, index, says, near) in {
        "no column": ("status", "state", 0, COLUMNS, "status"),
        "no transform": ("day(seen_at)", "week(seen_at)", 1, f"transform. {TRANSFORMS}", None),
        "misspelt transform": ("day(seen_at)", "days(seen_at)", 1, TRANSFORMS, "day(seen_at)"),
        "turned round": (
            "bucket(16, hint_id)",
            "bucket(hint_id, 16)",
            2,
            f"is not a column or a transform of one. {TRANSFORMS}",
            "bucket(16, hint_id)",
        ),
        "with spaces": ("day(seen_at)", "day( seen_at )", 1, TRANSFORMS, "day(seen_at)"),
        "nonsense": ("status", "status!", 0, TRANSFORMS, None),
        "nothing": ("status", "", 0, TRANSFORMS, None),
        "with a direction": ("status", "status desc", 0, "sort = [...]", "status"),
        "without width": (
            "bucket(16, hint_id)",
            "bucket(hint_id)",
            2,
            f"needs a width. {TRANSFORMS}",
            "bucket(16, hint_id)",
        ),
        "with a width": (
            "day(seen_at)",
            "day(2, seen_at)",
            1,
            "only bucket and truncate have one",
            "day(seen_at)",
        ),
        "width of nothing": ("bucket(16, hint_id)", "bucket(0, hint_id)", 2, "1 to 21474", None),
        "too wide": ("bucket(16, hint_id)", "bucket(3000000000, hint_id)", 2, "1 to 21474", None),
        "floating": (
            "status",
            "ratio",
            0,
            "does not fit ratio, which is double: a column as it is goes with string, int, long, "
            "boolean, date, timestamp, timestamp_ntz, binary, decimal. Choose another column.",
            None,
        ),
        "nested": ("status", "tags", 0, "Choose another column.", None),
        "day of text": (
            "status",
            "day(status)",
            0,
            "does not fit status, which is string: day goes with date, timestamp, timestamp_ntz. "
            "With string: identity, bucket, truncate.",
            None,
        ),
        "hour of a day": (
            "status",
            "hour(day)",
            0,
            "hour goes with timestamp, timestamp_ntz. With date: identity, year, month, day, "
            "bucket.",
            None,
        ),
        "bucket of a ratio": ("status", "bucket(4, ratio)", 0, "bucket goes with string", None),
        "truncated moment": (
            "status",
            "truncate(4, seen_at)",
            0,
            "truncate goes with int, long, decimal, string, binary.",
            None,
        ),
        "twice": ("bucket(16, hint_id)", "status", 2, "is there twice", None),
        "two widths": (
            "status",
            "bucket(8, hint_id)",
            2,
            "is there twice: Iceberg takes it for bucket(8, hint_id)",
            None,
        ),
        "hour and day": (
            "bucket(16, hint_id)",
            "hour(seen_at)",
            2,
            "says the same as day(seen_at) in another way. Keep the finer one.",
            None,
        ),
    }.items()
}
PARTITION["name of a column"] = (
    'day = { type = "date" }',
    'seen_at_day = { type = "date" }\nday = { type = "date" }',
    6,
    "partition[1]",
    'is called "seen_at_day" by Iceberg, as a column is. Give the column another name.',
    None,
)

SORT = {
    "no column": ('"amount desc"', '"amont desc"', 7, "sort[1]", COLUMNS, "amount"),
    "capitals": ('"amount desc"', '"amount DESC"', 7, "sort[1]", TRANSFORMS, "amount desc"),
    "ascending": ('"amount desc"', '"amount asc"', 7, "sort[1]", TRANSFORMS, "amount"),
    "nested": ('"amount desc"', '"tags"', 7, "sort[1]", "which is map<", None),
    "misfit": ('"amount desc"', '"day(amount)"', 7, "sort[1]", "With decimal: identity", None),
    "twice": (
        '"amount desc"',
        '"truncate(100000000, hint_id) desc"',
        7,
        "sort[1]",
        "twice",
        None,
    ),
    "not text": ('"amount desc"', "7", 7, "sort[1]", "must be text, in quotes.", None),
}

COLUMN = {
    name: ('{ type = "double" }', f'{{ type = "{wrong}" }}', 15, "columns.ratio.type", says, near)
    for name, (wrong, says, near) in {
        "unknown type": ("doubel", f'"doubel" is not a type. {TYPES}', "double"),
        "Spark's word": ("bigint", f'"bigint" is "long" in a contract. {TYPES}', "long"),
        "text": ("text", TYPES, "string"),
        "capitals": ("String", TYPES, "string"),
        "list": ("list<text>", TYPES, "array<string>"),
        "square brackets": ("array[int]", TYPES, "array<int>"),
        "open bracket": ("map<string, int", 'it ends where ">" should be', "map<string, int>"),
        "part of a struct": ("struct<a: str, b: bigint>", TYPES, "struct<a: string, b: long>"),
        "field twice": ("struct<a: int, a: int>", 'has the field "a" twice', None),
        "with a length": ("varchar(20)", TYPES, "string"),
        "bare decimal": ("decimal", TYPES, "decimal(10,2)"),
        "decimal without scale": ("decimal(10)", TYPES, "decimal(10,0)"),
        "wrong decimal": ("decimal(3,9)", "precision is 1 to 38, its scale 0 to the", None),
        "nothing": ("", "it ends where a type should be", None),
        "too deep": ("array<" * 21 + "int" + ">" * 21, "nested more than 20 deep", None),
    }.items()
}
COLUMN |= {
    "name": ("tags = {", "Tags = {", 18, "columns.Tags", "is not a name: small letters", None),
    "no type": (
        'ratio = { type = "double" }',
        "ratio = {}",
        15,
        "columns.ratio.type",
        "is mi",
        None,
    ),
    "unknown key": (
        'required = true, doc = "',
        'requird = true, doc = "',
        11,
        "columns.hint_id.requird",
        "is not a key of columns.hint_id. Keys: doc, required, sensitivity, type, was.",
        "required",
    ),
    "unknown sensitivity": (
        '"personal"',
        '"private"',
        16,
        "columns.email.sensitivity",
        "is not allowed. Allowed: personal, confidential.",
        None,
    ),
    "was itself": ('was = "sum"', 'was = "amount"', 14, "columns.amount.was", "itself", None),
    "was another": (
        'was = "sum"',
        'was = "ratio"',
        14,
        "columns.amount.was",
        "is a column of the table: was names a column that is there no more. Leave it out, or take "
        '"ratio" out of columns.',
        None,
    ),
    "was two": (
        'ratio = { type = "double" }',
        'ratio = { type = "double", was = "sum" }',
        15,
        "columns.ratio.was",
        "is what amount was too",
        None,
    ),
}

CHECKS = {
    "nothing": ("min = 0\nmax = 1\n", "", 19, "checks[0]", "checks nothing. Give exactly", None),
    "two kinds": (
        "min = 0",
        "min = 0\nnot_null = true",
        19,
        "checks[0]",
        "is 2 checks in one: range, not_null. Write [[checks]] for each.",
        None,
    ),
    "no column": (
        'column = "ratio"',
        "",
        19,
        "checks[0].column",
        "is missing: range checks a column's values.",
        None,
    ),
    "unknown column": (
        'column = "ratio"',
        'column = "ration"',
        21,
        "checks[0].column",
        COLUMNS,
        "ratio",
    ),
    "upside down": ("min = 0", "min = 2", 19, "checks[0]", "min 2 is greater than max 1", None),
    "range of text": (
        'column = "ratio"',
        'column = "status"',
        21,
        "checks[0].column",
        "is not a column of numbers but string, so min and max mean nothing.",
        None,
    ),
    "number in quotes": ("max = 1\n", 'max = "1"\n', 23, "checks[0].max", "must be a number", None),
    "share": ("0.01", "1.5", 24, "checks[0].share", "is too large: at most 1.", None),
    "action": ('"warn"', '"ignore"', 25, "checks[0].action", "Allowed: fail, warn.", None),
    "misspelt kind": ("accepted =", "acepted =", 28, "checks[1].acepted", "Keys: ac", "accepted"),
    "nothing accepted": ('["open", "closed"]', "[]", 28, "checks[1].accepted", "too little", None),
    "a list accepted": ('"open"', '["open"]', 28, "checks[1].accepted[0]", "Allowed: text", None),
    "accepted twice": ('"closed"', '"open"', 28, "checks[1].accepted[1]", "is there twice", None),
    "accepted of another type": (
        '"closed"',
        "7",
        28,
        "checks[1].accepted[1]",
        "does not fit a column of type string: write text, in quotes.",
        None,
    ),
    "accepted moments": (
        'column = "status"',
        'column = "seen_at"',
        27,
        "checks[1].column",
        "accepted goes with string, int, long, float, double, decimal, boolean, date.",
        None,
    ),
    "switched off": ("not_null = true", "not_null = false", 31, "checks[2].not_null", "not", None),
    "no such unique": (
        '"hint_id", "status"]',
        '"hint_id", "staus"]',
        33,
        "checks[3].unique[1]",
        COLUMNS,
        "status",
    ),
    "unique twice": (
        '"hint_id", "status"]',
        '"hint_id", "hint_id"]',
        33,
        "checks[3].unique[1]",
        "is there twice",
        None,
    ),
    "unique parts": (
        '"hint_id", "status"]',
        '"hint_id", "tags"]',
        33,
        "checks[3].unique[1]",
        "columns without parts",
        None,
    ),
    "unique with a column": (
        "unique =",
        'column = "ratio"\nunique =',
        33,
        "checks[3].column",
        "does not go with unique, which checks no single column. It goes with range, accepted, "
        "not_null, fresh_hours.",
        None,
    ),
    "share of unique": (
        "unique =",
        "share = 0.5\nunique =",
        33,
        "checks[3].share",
        "does not go with unique, which holds or does not. It goes with range, accepted, not_null.",
        None,
    ),
    "no rows": ("min = 1, max = 1_000_000", "", 35, "checks[4].rows", "checks nothing", None),
    "less than none": ("min = 1,", "min = -1,", 35, "checks[4].rows.min", "at least 0", None),
    "rows upside down": (
        "min = 1,",
        "min = 2_000_000,",
        35,
        "checks[4].rows",
        "can never hold: min 2000000 is greater than max 1000000.",
        None,
    ),
    "newer than now": ("= 26", "= 0", 38, "checks[5].fresh_hours", "more than 0 hours", None),
    "age of text": (
        'column = "seen_at"\nfresh',
        'column = "email"\nfresh',
        37,
        "checks[5].column",
        f"is string, so it has no age. fresh_hours goes with {AGED}.",
        None,
    ),
    "no SELECT": ("SELECT *", "DELETE", 41, "checks[6].sql", "is not a SELECT", None),
    "two statements": ("< 0", "< 0; DROP TABLE x", 41, "checks[6].sql", "semicolon", None),
    "neither view": ("FROM staged", "FROM x", 41, "checks[6].sql", "neither staged nor", None),
    "view in a text": ("FROM staged", "FROM 'staged'", 41, "checks[6].sql", "neither", None),
    "one name": (
        '"no orphan"',
        '"plausible"',
        40,
        "checks[6].name",
        'is called "plausible", as checks[0] is. Give one of them another name.',
        None,
    ),
    "the same again": (
        'name = "no orphan"\nsql = "SELECT * FROM staged WHERE hint_id < 0"',
        'column = "email"\nnot_null = true',
        39,
        "checks[6]",
        'is called "email is not null", as checks[2] is.',
        None,
    ),
}

KEEPING = {
    "no reason": ('reason = "nobody read it"', "", 42, "migrations[0].reason", "is missing", None),
    "empty reason": ('"nobody read it"', '" "', 44, "migrations[0].reason", "is empty", None),
    "no change": (
        'drop = "remark"\n',
        "",
        42,
        "migrations[0]",
        'changes nothing. Give exactly one of drop = "<column>" and narrow = "<column>".',
        None,
    ),
    "two changes": (
        'drop = "remark"',
        'drop = "remark"\nnarrow = "ratio"',
        42,
        "migrations[0]",
        "has both drop and narrow",
        None,
    ),
    "drop what stays": (
        '"remark"',
        '"ratio"',
        43,
        "migrations[0].drop",
        "is still a column of the contract. Take it out of columns, or leave this out.",
        None,
    ),
    "drop what is renamed": (
        '"remark"',
        '"sum"',
        43,
        "migrations[0].drop",
        "is what amount was",
        None,
    ),
    "narrow nothing": (
        '= "amount"\n',
        '= "amout"\n',
        46,
        "migrations[1].narrow",
        COLUMNS,
        "amount",
    ),
    "change twice": (
        "[maintenance]",
        '[[migrations]]\ndrop = "remark"\nreason = "again"\n[maintenance]',
        49,
        "migrations[2].drop",
        "is there twice",
        None,
    ),
    "keeper": (
        '"sparkrail"',
        '"glu"',
        49,
        "maintenance.by",
        "Allowed: sparkrail, glue, nobody.",
        "glue",
    ),
    "keeper of nothing": (
        'by = "sparkrail"\n',
        'by = "nobody"\n',
        50,
        "maintenance.keep_days",
        'changes nothing: by = "nobody". Leave it out, or set by = "sparkrail" or "glue".',
        None,
    ),
    "days": ("keep_days = 7", "keep_days = 0", 50, "maintenance.keep_days", "at least 1.", None),
    "snapshots": ("= 20", "= 0", 51, "maintenance.keep_snapshots", "at least 1.", None),
    "tiny files": ("= 512", "= 4", 52, "maintenance.target_file_mb", "at least 8.", None),
    "huge files": ("= 512", "= 4096", 52, "maintenance.target_file_mb", "at most 2048.", None),
    "one small file": (
        "small_files = 5",
        "small_files = 1",
        53,
        "maintenance.small_files",
        "at least 2.",
        None,
    ),
    "no delete file": (
        "delete_files = 3",
        "delete_files = 0",
        54,
        "maintenance.delete_files",
        "at least 1.",
        None,
    ),
    "young orphans": (
        "orphan_days = 7",
        "orphan_days = 2",
        55,
        "maintenance.orphan_days",
        "is too small: at least 3. The files of a run that still writes belong to no snapshot yet",
        None,
    ),
    "retention of no column": (
        'column = "day"',
        'column = "days"',
        57,
        "retention.column",
        COLUMNS,
        "day",
    ),
    "retention of text": (
        'column = "day"',
        'column = "email"',
        57,
        "retention.column",
        f"is string, so a row has no age by it. It goes with {AGED}.",
        None,
    ),
    "retention of nothing": ("= 730", "= 0", 58, "retention.days", "at least 1.", None),
    "retention by Glue": (
        'by = "sparkrail"',
        'by = "glue"',
        56,
        "retention",
        'would never happen: maintenance.by = "glue", and Glue\'s optimizers delete no rows. '
        'Set by = "sparkrail".',
        None,
    ),
}

MISTAKES = {
    f"{group}: {name}": mistake
    for group, mistakes in {
        "top": TOP_LEVEL,
        "partition": PARTITION,
        "sort": SORT,
        "column": COLUMN,
        "check": CHECKS,
        "keeping": KEEPING,
    }.items()
    for name, mistake in mistakes.items()
}


def test_a_contract_with_every_key_loads(project):
    project.whole_contract()

    table = project.load().tables["health.hints"]

    assert set(Table.model_fields) - {"name"} <= table.model_fields_set
    assert table.sort == ("truncate(100000000, hint_id)", "amount desc")
    assert [check.kind for check in table.checks] == [
        *("range", "accepted", "not_null", "unique", "rows", "fresh_hours", "sql")
    ]


def test_the_run_key_of_an_append_table_is_text(project):
    file = project.whole_contract()
    project.replace('write = "merge"', 'write = "append"', file)
    project.replace('latest_by = "seen_at"\n', "", file)
    project.replace("ratio = {", 'run_key = { type = "int" }\nratio = {', file)

    problem = project.problem()

    assert (problem.line, problem.key) == (14, "columns.run_key.type")
    assert 'must be "string"' in problem.text


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_contract_is_answered(project, mistake):
    old, new, line, key, says, nearest = MISTAKES[mistake]
    file = project.whole_contract()
    project.replace(old, new, file)

    problem = next(each for each in project.problems() if each.key == key)

    assert (problem.file, problem.line) == (file, line)
    assert says in problem.text
    assert problem.text.endswith(".")
    assert problem.nearest == nearest


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_is_one_problem(project, mistake):
    old, new, *_ = MISTAKES[mistake]
    project.replace(old, new, project.whole_contract())

    assert len(project.problems()) == 1


def test_all_mistakes_of_a_contract_come_together(project):
    file = project.whole_contract()
    for old, new in (
        ('key = ["hint_id"]', 'key = ["hintid"]'),
        ("day(seen_at)", "day(email)"),
        ("keep_days = 7", "keep_days = 0"),
        ('column = "status"', 'column = "state"'),
        ('drop = "remark"', 'drop = "ratio"'),
        ('column = "day"', 'column = "email"'),
    ):
        project.replace(old, new, file)

    assert [problem.key for problem in project.problems()] == [
        "key[0]",
        "partition[1]",
        "checks[1].column",
        "migrations[0].drop",
        "maintenance.keep_days",
        "retention.column",
    ]
