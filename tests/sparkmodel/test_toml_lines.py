"""Every key is found on the line on which it stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from sparkmodel.toml_lines import line_of_each_key
from sparkmodel.toml_text import as_toml, dotted

TRICKY = '''\
# comment with [brackets] and key = 1
top = 1  # and one here = 2
"quoted key" = "a # no comment"
'literal.key' = 'x'
dotted.one.two = 3
dotted . one . three = 4

[table]
text = """
[not.a.table]
key = 1
"""
after = 1
literal = \'\'\'
x = 'y'
\'\'\'
inline = { a = 1, b = { c = [1, { d = "}" }] }, e.f = 2 }
list = [
  1,
  # comment
  { x = 1 },
  [ "]", 2 ],
]
[table.sub."with.dot"]
x = 2026-11-21T06:30:00Z
[[many]]
name = "first"
[many.inner]
deep = 1
[[many]]
name = "second"
[[many.parts]]
p = 1
[[many.parts]]
p = 2
'''

EXPECTED = {
    ("top",): 2,
    ("quoted key",): 3,
    ("literal.key",): 4,
    ("dotted", "one", "two"): 5,
    ("dotted", "one", "three"): 6,
    ("table",): 8,
    ("table", "text"): 9,
    ("table", "after"): 13,
    ("table", "literal"): 14,
    ("table", "inline", "a"): 17,
    ("table", "inline", "b", "c", 1, "d"): 17,
    ("table", "inline", "e", "f"): 17,
    ("table", "list", 0): 19,
    ("table", "list", 1, "x"): 21,
    ("table", "list", 2, 0): 22,
    ("table", "sub", "with.dot", "x"): 25,
    ("many", 0, "name"): 27,
    ("many", 0, "inner", "deep"): 29,
    ("many", 1, "name"): 31,
    ("many", 1, "parts", 0, "p"): 33,
    ("many", 1, "parts", 1, "p"): 35,
}


def paths(value, path=()):
    """All key paths of parsed TOML."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from paths(each, (*path, key))


def test_keys_of_every_kind_are_found():
    lines = line_of_each_key(TRICKY)

    assert {path: lines.get(path) for path in EXPECTED} == EXPECTED


def test_every_key_that_the_reader_knows_has_a_line_and_no_other():
    assert set(line_of_each_key(TRICKY)) == set(paths(tomllib.loads(TRICKY)))


def test_windows_line_ends_count_once():
    assert line_of_each_key("a = 1\r\nb = 2\r\n")[("b",)] == 2


values = st.recursive(
    st.integers(-9, 9)
    | st.booleans()
    | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab.\"#]'", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text('abc."#=', min_size=1, max_size=3), values, max_size=4))
def test_whatever_toml_can_say_is_located(document):
    text = "\n".join(
        f"{dotted((key,))} = {as_toml_whole(value)}" for key, value in document.items()
    )

    assert set(line_of_each_key(text)) == set(paths(tomllib.loads(text)))


def as_toml_whole(value):
    """Like as_toml, uncut; empty keys quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_of(k)} = {as_toml_whole(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml_whole, value)) + "]"
    return as_toml(value)


def key_of(key):
    return dotted((key,)) or '""'
