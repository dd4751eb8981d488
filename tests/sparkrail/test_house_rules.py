"""Stacks stay thin, modules small, functions short."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("*.py"))
CONSTRUCTS = sorted((ROOT / "constructs" / "sparkrail").rglob("*.py"))


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("file", STACKS, ids=ids)
def test_a_stack_only_wires(file):
    text = file.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))

    assert len(text.splitlines()) <= 80
    assert not [node for node in nodes if isinstance(node, (ast.If, ast.IfExp))]
    assert "Effect" not in text
    assert "aws_iam" not in text


def test_the_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40


@pytest.mark.parametrize("file", CONSTRUCTS, ids=ids)
def test_a_module_has_one_idea_and_short_functions(file):
    text = file.read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]

    assert len(text.splitlines()) <= 300
    for function in functions:
        body = [n for n in function.body if not isinstance(n, ast.Expr)]
        lines = function.end_lineno - (body[0].lineno if body else function.lineno) + 1
        assert lines <= 40, f"{function.name} has {lines} lines"


@pytest.mark.parametrize("file", CONSTRUCTS, ids=ids)
def test_a_construct_knows_only_the_models_and_the_cdk(file):
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }

    assert not imported & {"sparkcli", "sparkjob", "sparklaptop", "stacks", "boto3", "moto"}


def test_no_module_calls_a_grant():
    for file in CONSTRUCTS + STACKS:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        calls = [
            n.func.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
        ]

        assert not [name for name in calls if name.startswith("grant")], file
