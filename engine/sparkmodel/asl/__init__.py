"""Rules that every state machine must keep, checked without running or deploying it.

`findings` takes one definition, `findings_in_template` a CloudFormation template. Nothing here
knows of AWS or the CDK. (docs/rules.md)
"""

from sparkmodel.asl.findings import RULES, Finding
from sparkmodel.asl.lint import findings
from sparkmodel.asl.template import MachineFinding, findings_in_template

__all__ = ["RULES", "Finding", "MachineFinding", "findings", "findings_in_template"]
