"""What the rules of an app found, read from the report that a synth leaves."""

import json
from pathlib import Path

REPORT = "validation-report.json"


def broken_rules(assembly: Path) -> str:
    """Rules that the app does not keep, one paragraph each; empty when nothing was found.

    Args:
        assembly: Where the app wrote its templates.
    """
    try:
        report = json.loads((assembly / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    found = [
        _paragraph(plugin["pluginName"], violation)
        for plugin in report.get("pluginReports", [])
        for violation in plugin.get("violations", [])
    ]
    return "\n".join(dict.fromkeys(found))


def _paragraph(plugin: str, violation: dict[str, object]) -> str:
    constructs = violation.get("violatingConstructs")
    where = [
        str(each.get("constructPath") or (each.get("cloudFormationResource") or {})["logicalId"])
        for each in (constructs if isinstance(constructs, list) else [])
    ]
    return (
        f"{', '.join(where)}\n    {violation.get('description')}\n"
        f"    {violation.get('suggestedFix', '')}\n    Rule {plugin}::{violation.get('ruleName')}."
    )
