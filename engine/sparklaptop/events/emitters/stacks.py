"""CloudFormation Stack Status Change.

(CloudFormation guide, EventBridge events.)
"""

from __future__ import annotations

from moto.cloudformation.models import Stack

from sparklaptop.events.router import Router
from sparklaptop.untyped import MotoObject


def apply(router: Router) -> None:
    """Send an event when a stack enters a status."""
    before = Stack._add_stack_event

    def add_stack_event(
        self: MotoObject, resource_status: str, *args: MotoObject, **more: MotoObject
    ) -> None:
        before(self, resource_status, *args, **more)
        # What has a reason is a note about one resource, in the stack's own name.
        if not args and not more:
            _tell(router, self, resource_status)

    Stack._add_stack_event = add_stack_event


def _tell(router: Router, stack: MotoObject, status: str) -> None:
    router.emit(
        "aws.cloudformation",
        "CloudFormation Stack Status Change",
        {
            "stack-id": stack.stack_id,
            "status-details": {"status": status, "status-reason": ""},
            "client-request-token": "",
        },
        region=stack.region_name,
        resources=[stack.stack_id],
    )
