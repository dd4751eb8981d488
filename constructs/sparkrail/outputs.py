"""Values that one stack publishes and later stacks read.

They are published under fixed names whether or not anybody reads them, so that adding or deleting a
reader changes no other template. (docs/adr/0003-weak-references.md)
"""

from __future__ import annotations

from aws_cdk import CfnOutput
from constructs import Construct

from sparkrail.names import Names
from sparkrail.references import stack_output


def publish(stack: Construct, **values: str) -> None:
    """Publish values of a stack as outputs, each under its own name.

    Args:
        stack: The stack itself; an output below another construct would get a name with a hash.
        values: By PascalCase name.
    """
    for name, value in values.items():
        CfnOutput(stack, name, value=value)


def published(names: Names, stack: str, output: str) -> str:
    """Refer to a value that a stack publishes, without locking that stack.

    Args:
        names: Of the environment.
        stack: What the stack is called without the environment's prefix, such as `base`.
        output: Name under which the value is published.
    """
    return stack_output(names.stack(stack), output, region=names.environment.region)
