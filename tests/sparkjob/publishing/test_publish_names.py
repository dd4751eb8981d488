"""The names that a run leaves in a table, which the command line and maintenance read."""

import pytest

from sparkjob.publishing.branches import Stamp, branch_name

STAMP = Stamp("sales", "20261121T063000Z", 2, 1)


@pytest.mark.parametrize(
    ("summary", "wrote", "key"),
    [
        ({"wap.id": "sales.20261121T063000Z.2"}, True, True),
        ({"published-wap-id": "sales.20261121T063000Z.2"}, True, True),
        ({"published-wap-id": "sales.20261121T063000Z.1"}, False, True),
        ({"wap.id": "sales.20261121T063000Z-1.2"}, False, False),
        ({"wap.id": "sales.20261121T063000Z.1.2"}, False, False),
        ({"wap.id": "beds.20261121T063000Z.2"}, False, False),
        ({}, False, False),
    ],
)
def test_a_snapshot_is_known_by_its_id_also_once_it_was_cherry_picked(summary, wrote, key):
    assert STAMP.wrote(summary) is wrote
    assert STAMP.wrote_key(summary) is key


def test_a_branch_has_letters_digits_and_underscores():
    assert branch_name("my-job", "a.b:ü", 1) == "run_my_job_a_b___1"
