"""What everything else stands on. Stateful: no deploy ever deletes keys, ledger or access logs."""

from aws_cdk import Stack
from constructs import Construct

from sparkrail.events.bus import Bus
from sparkrail.events.dead_letters import DeadLetters
from sparkrail.identity import key_policies
from sparkrail.identity.keys import Key
from sparkrail.lake.access_logs import AccessLogs
from sparkrail.names import Names
from sparkrail.observability.alarm_topic import AlarmTopic
from sparkrail.outputs import publish
from sparkrail.settings import stack_settings
from sparkrail.workflow.ledger import Ledger


class BaseStack(Stack):
    """Keys, run ledger, access logs, and who hears of what."""

    def __init__(self, scope: Construct, *, names: Names) -> None:
        settings = stack_settings("base", "Keys, run ledger, events and alarms", names=names)
        super().__init__(scope, "base", **settings)
        self.data_key = Key(
            self,
            "DataKey",
            description=f"What jobs of {names.prefix} read and write",
            services=key_policies.data_services(names),
            names=names,
        )
        self.log_key = Key(
            self,
            "LogKey",
            description=f"Logs of {names.prefix}",
            services=key_policies.log_services(names),
            names=names,
        )
        self.message_key = Key(
            self,
            "MessageKey",
            description=f"Machines, schedules, topics and queues of {names.prefix}",
            services=key_policies.message_services(names),
            names=names,
        )
        self.access_logs = AccessLogs(self, "AccessLogs", names=names)
        self.ledger = Ledger(self, "Ledger", key_arn=self.data_key.key_arn)
        Bus(self, "Bus", names=names)
        AlarmTopic(self, "AlarmTopic", key_arn=self.message_key.key_arn, names=names)
        DeadLetters(self, "DeadLetters", key_arn=self.message_key.key_arn, names=names)
        publish(
            self,
            DataKeyArn=self.data_key.key_arn,
            LogKeyArn=self.log_key.key_arn,
            MessageKeyArn=self.message_key.key_arn,
            AccessLogsBucketName=self.access_logs.bucket_name,
            LedgerName=self.ledger.table_name,
        )
