"""What is given to a run is checked before anything starts."""

import datetime

import pytest

from sparkcli.arguments import check_key, manual_key, read_overrides
from sparkcli.errors import CallError
from sparkcli.target import Target
from sparkmodel import Job


@pytest.fixture
def job(tmp_path):
    return Job(
        folder=tmp_path / "sales",
        team="shop",
        inputs={"tills": {"path": "raw/tills/"}, "shops": {"table": "shop.shops"}},
        parameters={
            "min_days": {"type": "int", "default": 1},
            "since": {"type": "date", "default": "2026-01-01"},
            "strict": {"type": "boolean", "default": False},
        },
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a=b.csv"
    path.write_text("x\n")
    return path


def test_a_bare_file_is_the_only_input_that_is_a_path(job, file):
    found = read_overrides(job, [str(file)], [])

    assert found.inputs == {"tills": (file,)}


def test_several_files_of_one_input_stay_together_in_order(job, file, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("x\n")

    found = read_overrides(job, [f"tills={file}", f"tills={other}"], [])

    assert found.inputs == {"tills": (file, other)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tils=FILE", 'Did you mean "tills"?'),
        ("shops=FILE", "is not a path"),
        ("tills=FILE.gone", "there is no file"),
        ("tills=FOLDER", "is a folder"),
    ],
)
def test_an_input_that_cannot_be_is_refused_by_name(job, file, given, said):
    text = given.replace("FILE", str(file)).replace("FOLDER", str(file.parent))

    with pytest.raises(CallError, match=said.replace("?", r"\?")):
        read_overrides(job, [text], [])


def test_a_misspelt_file_names_the_nearest_one(job, file):
    with pytest.raises(CallError, match="Did you mean"):
        read_overrides(job, [str(file).replace(".csv", ".cvs")], [])


@pytest.mark.parametrize("text", ["min_days=3", "since=2026-11-21", "strict=true", "min_days=-1"])
def test_a_parameter_of_its_type_is_taken_as_text(job, text):
    name, _, value = text.partition("=")

    assert read_overrides(job, [], [text]).parameters == {name: value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("min_days=three", "not of type int. Example: --parameter min_days=3"),
        ("since=21/11/2026", "not of type date"),
        ("strict=yes", "not of type boolean"),
        ("min_day=3", 'Did you mean "min_days"'),
        ("min_days", "NAME=VALUE"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(job, text, said):
    with pytest.raises(CallError) as refused:
        read_overrides(job, [], [text])

    assert said in refused.value.message


def test_a_key_by_hand_is_the_time_in_utc():
    zone = datetime.timezone(datetime.timedelta(hours=1))

    assert (
        manual_key(datetime.datetime(2026, 11, 21, 7, 30, tzinfo=zone)) == "manual-20261121T063000Z"
    )


@pytest.mark.parametrize("key", ["", "a b", "a/b", "-a", "a" * 51, "ä"])
def test_a_key_that_names_do_not_allow_is_refused(key):
    with pytest.raises(CallError, match="run key"):
        check_key(key)


@pytest.mark.parametrize(
    ("text", "target", "option"),
    [
        ("laptop", Target("dev", on_laptop=True), ""),
        ("laptop:prod", Target("prod", on_laptop=True), " --env laptop:prod"),
        ("prod", Target("prod", on_laptop=False), " --env prod"),
    ],
)
def test_env_says_cloud_and_environment(text, target, option):
    assert Target.parse(text) == target
    assert target.option == option
