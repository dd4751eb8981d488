"""Contracts as a run gets them, and where in their files each thing is said."""

from collections.abc import Mapping

from sparkcli.workspace import Workspace
from sparkjob.contracts import Contract, parse_contract


def contract_of(workspace: Workspace, name: str) -> Contract | None:
    """The contract of a table as jobs carry it, or None when the project has none."""
    model = workspace.project.tables.get(name)
    if model is None:
        return None
    return parse_contract(model.model_dump(mode="json", exclude_none=True))


def file_of(name: str) -> str:
    """The file of a contract, from the project's root."""
    return f"tables/{name.replace('.', '/')}.toml"


def lines_of(workspace: Workspace, name: str) -> Mapping[tuple[str, ...], int]:
    """The line of each key in the file of a contract."""
    from sparkmodel.documents import Document, read_document  # noqa: PLC0415

    document = read_document(workspace.root, workspace.root / file_of(name))
    if not isinstance(document, Document):
        return {}
    return {tuple(map(str, path)): line for path, line in document.lines.items()}
