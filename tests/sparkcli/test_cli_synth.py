"""Synth runs when something that goes into it changed, and leaves nothing half-written."""

import json

import pytest

from sparkcli.errors import OperationError
from sparkcli.synth import manifests_changed, synthesize
from sparkcli.workspace import Workspace


@pytest.fixture
def workspace(project):
    return Workspace.open("laptop")


@pytest.mark.parametrize(
    "name", ["app.py", "config/prod.toml", "spark_jobs/sales/main.py", "tables/shop/daily.toml"]
)
def test_a_change_of_any_input_makes_a_new_assembly(workspace, project, name):
    assert synthesize(workspace).changed
    assert not synthesize(workspace).changed
    changed = project / name
    changed.write_text(changed.read_text() + "\n")

    assert synthesize(workspace).changed


@pytest.mark.parametrize("name", ["spark_jobs/sales/tests/test_it.py", "README.md"])
def test_what_no_template_is_made_of_changes_nothing(workspace, project, name):
    synthesize(workspace)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("x")

    assert not synthesize(workspace).changed


def test_a_deleted_assembly_is_made_anew(workspace):
    (synthesize(workspace).assembly / "manifest.json").unlink()

    assert synthesize(workspace).changed


def test_the_app_is_told_one_environment(workspace):
    manifest = json.loads((synthesize(workspace).assembly / "manifest.json").read_text())

    context = json.loads(manifest["context"])
    assert context == {"environment": "dev"}


def test_environments_do_not_share_an_assembly(project):
    dev, prod = (synthesize(Workspace.open(f"laptop:{name}")) for name in ("dev", "prod"))

    assert dev.assembly != prod.assembly


def test_a_failed_synth_keeps_the_last_assembly_and_its_words(workspace, project):
    kept = synthesize(workspace).assembly
    (project / "spark_jobs/sales/says.txt").write_text("sales: the lock has no hashes")

    with pytest.raises(OperationError) as failed:
        synthesize(workspace)

    assert "the lock has no hashes" in failed.value.message
    assert (kept / "manifest.json").is_file()
    assert [path.name for path in kept.parent.iterdir() if path.is_dir()] == ["dev"]


def test_an_exception_of_the_app_comes_without_its_traceback(workspace, project):
    (project / "app.py").write_text("def f():\n    raise ValueError('two\\nlines')\nf()\n")

    with pytest.raises(OperationError) as failed:
        synthesize(workspace)

    assert failed.value.message == "Nothing was synthesized. ValueError: two\nlines"


def test_only_manifests_send_dev_back_to_synth(workspace, project):
    synthesize(workspace)
    (project / "spark_jobs/sales/main.py").write_text("# edited\n")
    assert not manifests_changed(workspace)
    (project / "tables/shop/daily.toml").open("a").write("\n")

    assert manifests_changed(workspace)


def test_a_broken_rule_is_told_as_a_sentence_with_its_fix(workspace, project):
    report = {
        "pluginReports": [
            {
                "pluginName": "Sparkrail-Machines",
                "violations": [
                    {
                        "ruleName": "TaskRetry",
                        "description": "State Call: it never retries.",
                        "suggestedFix": "Add Retry.",
                        "violatingConstructs": [{"constructPath": "dev/jobs/Machine"}],
                    }
                ],
            }
        ]
    }
    app = project / "app.py"
    app.write_text(
        app.read_text()
        + f"(out / 'validation-report.json').write_text({json.dumps(json.dumps(report))})\n"
        + "raise RuntimeError('ValidationFailed: see the report')\n"
    )

    with pytest.raises(OperationError) as refused:
        synthesize(workspace)

    assert refused.value.message == (
        "Nothing was synthesized. Rules are broken:\n"
        "dev/jobs/Machine\n    State Call: it never retries.\n    Add Retry.\n"
        "    Rule Sparkrail-Machines::TaskRetry."
    )
