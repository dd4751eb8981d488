"""A reviewer sees in a diff what a change does to any template of any environment."""

from sparkrail.testing.snapshots import COMMAND, expected_snapshots, kept_snapshots

HOW = f"Look at the difference; if it is meant, write the snapshots anew: {COMMAND}"


def test_every_template_is_as_it_was_reviewed(root, stacks):
    changed = [
        str(file.relative_to(root))
        for file, text in expected_snapshots(root, stacks).items()
        if file.exists() and file.read_text(encoding="utf-8") != text
    ]

    assert not changed, HOW


def test_every_stack_and_every_job_has_a_snapshot(root, stacks):
    missing = [
        str(file.relative_to(root))
        for file in expected_snapshots(root, stacks)
        if not file.exists()
    ]

    assert not missing, HOW


def test_no_snapshot_is_left_of_what_is_gone(root, stacks):
    stale = set(kept_snapshots(root)) - set(expected_snapshots(root, stacks))

    assert not sorted(map(str, stale)), HOW


def test_no_snapshot_holds_a_hash_of_code(root):
    import re

    for file in kept_snapshots(root):
        assert not re.search(r"\b[0-9a-f]{64}\b", file.read_text(encoding="utf-8")), file
