"""DescribeAlarms with a prefix and a state: moto looks at the prefix alone."""

from __future__ import annotations

from moto.cloudwatch.responses import CloudWatchResponse

from sparklaptop.untyped import MotoObject


def apply() -> None:
    """Look at the state too."""
    before = CloudWatchResponse.describe_alarms

    def describe_alarms(self: MotoObject) -> MotoObject:
        answer = before(self)
        if state := self._get_param("StateValue"):
            for name, found in answer.result.items():
                answer.result[name] = [one for one in found if one.state_value == state]
        return answer

    CloudWatchResponse.describe_alarms = describe_alarms
