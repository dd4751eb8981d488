"""The rules of state machines, kept by every machine of an app: ours, and those of its user.

They read the templates that synth has written, and so see machines of any kind: written by us,
by a construct of the CDK, or included. A finding ends the synth, unless it is acknowledged on the
machine:

    Validations.of(machine).acknowledge(
        Acknowledgment(id="Sparkrail-Machines::TaskCatch", reason="...")
    )

(docs/rules.md has every rule with its reason.)
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Validations,
)

from sparkmodel.asl import RULES, Finding, findings_in_template
from sparkmodel.asl.template import MACHINE

NAME = "Sparkrail-Machines"


def check_machines(app: App) -> None:
    """Let synth check every state machine of an app.

    Args:
        app: Not yet synthesized.
    """
    Validations.of(app).add_plugins(MachineRules())


@jsii.implements(IPolicyValidationPlugin)
class MachineRules:
    """Checks the state machines of all templates of an app."""

    @property
    def name(self) -> str:
        """What the report calls these rules."""
        return NAME

    @property
    def version(self) -> str:
        """Version of sparkrail."""
        return version("sparkrail")

    @property
    def rule_ids(self) -> list[str]:
        """Names of all rules."""
        return list(RULES)

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the machines of some templates.

        Args:
            context: Says where the templates are.
        """
        found: dict[Finding, list[PolicyViolatingResource]] = defaultdict(list)
        for path in context.template_paths:
            for resource, finding in _findings(Path(path)):
                found[finding].append(
                    PolicyViolatingResource(
                        resource_logical_id=resource,
                        template_path=path,
                        locations=["Properties"],
                    )
                )
        violations = [_violation(finding, where) for finding, where in sorted(found.items())]
        return PolicyValidationPluginReport(success=not violations, violations=violations)


def _findings(template: Path) -> list[tuple[str, Finding]]:
    text = template.read_text(encoding="utf-8")
    if MACHINE not in text:
        return []
    found = findings_in_template(json.loads(text))
    return [(each.resource, each.finding) for each in found]


def _violation(finding: Finding, where: Sequence[PolicyViolatingResource]) -> PolicyViolation:
    subject = f"State {finding.path}" if finding.path else "The machine"
    return PolicyViolation(
        rule_name=finding.rule,
        description=f"{subject}: {finding.text}.",
        fix=finding.fix,
        severity="error",
        violating_resources=where,
    )
