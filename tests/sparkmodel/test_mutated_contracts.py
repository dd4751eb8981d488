"""Whatever values a contract has, people get an answer and never a traceback."""

import copy
import tomllib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkmodel import ManifestError
from sparkmodel.table_page import table_page
from sparkmodel.toml_text import dotted, whole_toml

VALUES = (
    *("", "x", "é", "a b", "\u0000", "hint_id", "email", "tags", "day", "run_key", "${x}", ";"),
    *("replace", "append", "overwrite_partitions", "glue", "nobody", "warn", "confidential"),
    *("string", "date", "decimal(1,1)", "decimal(", "array<int>", "list<x", "map<int>", "struct<>"),
    *("day(day)", "bucket(0, email)", "bucket(16, tags)", "truncate(x)", "hour(seen_at) desc"),
    *("SELECT 1", "SELECT * FROM published", "DROP TABLE x", "array<" * 3000),
    *(0, 1, -1, 2, 3, 5.5, 1e300, 10**30, True, False),
    *([], ["hint_id"], [["x"]], [{}], ["day", "day"], {}, {"x": 1}, {"type": "int"}, {"min": 3}),
)
KEYS = ("column", "min", "accepted", "not_null", "unique", "rows", "sql", "share", "was", "x y", "")


def places(value, path=()):
    """List the paths of all values."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


@st.composite
def mutations(draw, contract):
    """Put up to three other values, keys or columns into a contract, or take some out."""
    contract = copy.deepcopy(contract)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([path for path in places(contract) if path]))
        table = contract
        for key in above:
            table = table[key]
        new = copy.deepcopy(draw(st.sampled_from(VALUES)))
        change = draw(st.sampled_from(["replace", "take out", "add"]))
        if change == "replace":
            table[last] = new
        elif change == "take out":
            del table[last]
        elif isinstance(table, dict):
            table[draw(st.sampled_from(KEYS))] = new
        else:
            table.append(new)
    return contract


def test_a_mutated_contract_loads_or_is_answered(project):
    path = project.root / project.whole_contract()
    original = tomllib.loads(path.read_text())
    loaded, refused = [], []

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations(original))
    def mutate(contract):
        pairs = (f"{dotted((key,))} = {whole_toml(value)}" for key, value in contract.items())
        path.write_text("\n".join(pairs) + "\n")
        try:
            table = project.load().tables["health.hints"]
        except ManifestError as error:
            refused.append(contract)
            for problem in error.problems:
                assert (problem.file, bool(problem.line)) == ("tables/health/hints.toml", True)
                assert problem.text.endswith(".")
                assert problem.key
        else:
            loaded.append(table_page(table))

    mutate()

    assert len(refused) > len(loaded) > 20
