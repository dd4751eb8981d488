"""Kafka's own admin client, which the Spark connector's jars have, behind py4j."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional

from py4j.java_gateway import JavaObject, is_instance_of
from pyspark.sql import SparkSession

from sparkjob.contracts import TopicContract
from sparkjob.errors import JobError
from sparkjob.topics.plan import Actual

PAUSE_SECONDS = 0.5
"""Before each call: MSK Serverless takes two of them a second. (MSK Serverless quotas.)"""

_TIMEOUTS = {
    "default.api.timeout.ms": "60000",
    "request.timeout.ms": "20000",
    "reconnect.backoff.ms": "1000",
}
_ERRORS = "org.apache.kafka.common.errors."
_SET_HERE = "DYNAMIC_TOPIC_CONFIG"
_ABSENT = "UnknownTopicOrPartitionException"
_THERE = "TopicExistsException"
_DENIED = ("TopicAuthorizationException", "ClusterAuthorizationException")
_SILENT = "TimeoutException"
_NO_ADDRESS = "No resolvable"
_NOT_SIGNED_IN = "SaslAuthenticationException"


class BrokersRefused(JobError):  # noqa: N818  the name says what happened
    """The brokers did not do what they were asked.

    Args:
        text: What they were asked, and what they answered.
        kind: The name of Kafka's error.
        retryable: Whether another attempt may get further.
    """

    def __init__(self, text: str, *, kind: str, retryable: bool) -> None:
        super().__init__(text)
        self.kind = kind
        self.retryable = retryable

    def saying(self, more: str) -> BrokersRefused:
        """The same with one more line."""
        return BrokersRefused(f"{self}\n{more}", kind=self.kind, retryable=self.retryable)


class Topics:
    """The topics of a cluster.

    Args:
        spark: Its JVM has Kafka's client.
        client_options: What the client is told, by Kafka's names.

    Raises:
        BrokersRefused: There is no client, or it cannot be made with these options.
    """

    def __init__(self, spark: SparkSession, client_options: Mapping[str, str]) -> None:
        self._jvm = spark._jvm
        self._gateway = spark.sparkContext._gateway
        self._admin = self._jvm.org.apache.kafka.clients.admin
        options = self._jvm.java.util.Properties()
        for name, value in {**_TIMEOUTS, **client_options}.items():
            options.setProperty(name, value)
        self._brokers = client_options["bootstrap.servers"]
        self._client = self._made(options)

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()

    def actual(self, names: Iterable[str]) -> Dict[str, Actual]:
        """Say how those of the named topics are that are there.

        Args:
            names: Topics.
        """
        wanted = sorted(names)
        asked = f"describe {', '.join(wanted)}"
        there: Dict[str, int] = {}
        futures = self._call(asked, lambda: self._client.describeTopics(wanted).topicNameValues())
        for name in wanted:
            try:
                found = self._answer(f"describe {name}", "DescribeTopic", futures[name])
            except BrokersRefused as refused:
                if refused.kind != _ABSENT:
                    raise
            else:
                there[name] = found.partitions().size()
        settings = self._settings(sorted(there))
        return {
            name: Actual(partitions, settings[name][0], settings[name][1])
            for name, partitions in there.items()
        }

    def create(self, topic: TopicContract, *, only_ask: bool = False) -> None:
        """Create a topic; one that somebody made meanwhile is no fault.

        Args:
            topic: Its contract.
            only_ask: Whether the brokers only say if they would.
        """
        optional = self._jvm.java.util.Optional
        # The cluster chooses how many replicas there are.
        new = self._admin.NewTopic(topic.name, optional.of(topic.partitions), optional.empty())
        new = new.configs(dict(topic.settings))
        how = self._admin.CreateTopicsOptions().validateOnly(only_ask)
        asked = f"create {topic.name}"
        try:
            self._do(asked, "CreateTopic", lambda: self._client.createTopics([new], how).all())
        except BrokersRefused as refused:
            if refused.kind != _THERE:
                raise

    def grow(self, topic: str, partitions: int, *, only_ask: bool = False) -> None:
        """Give a topic more partitions.

        Args:
            topic: Its name.
            partitions: How many it has afterwards.
            only_ask: Whether the brokers only say if they would.
        """
        new = {topic: self._admin.NewPartitions.increaseTo(partitions)}
        how = self._admin.CreatePartitionsOptions().validateOnly(only_ask)
        asked = f"give {topic} {partitions} partitions"
        self._do(asked, "AlterTopic", lambda: self._client.createPartitions(new, how).all())

    def alter(self, topic: str, settings: Mapping[str, str], *, only_ask: bool = False) -> None:
        """Change settings of a topic; the others stay.

        Args:
            topic: Its name.
            settings: By Kafka's names.
            only_ask: Whether the brokers only say if they would.
        """
        to_set = self._admin.AlterConfigOp.OpType.SET
        changes: List[JavaObject] = [
            self._admin.AlterConfigOp(self._admin.ConfigEntry(name, value), to_set)
            for name, value in settings.items()
        ]
        how = self._admin.AlterConfigsOptions().validateOnly(only_ask)
        asked = f"alter {', '.join(settings)} of {topic}"
        new = {self._resource(topic): changes}
        self._do(
            asked,
            "AlterTopicDynamicConfiguration",
            lambda: self._client.incrementalAlterConfigs(new, how).all(),
        )

    def _settings(self, names: List[str]) -> Dict[str, Any]:
        """Settings by topic, and the names of those that were set for the topic itself."""
        resources = {name: self._resource(name) for name in names}
        found: Dict[str, Any] = {}
        if not names:
            return found
        asked = f"read the settings of {', '.join(names)}"
        all_settings = self._do(
            asked,
            "DescribeTopicDynamicConfiguration",
            lambda: self._client.describeConfigs(list(resources.values())).all(),
        )
        for name, resource in resources.items():
            entries = all_settings[resource].entries().toArray()
            values = {entry.name(): entry.value() for entry in entries}
            own = {entry.name() for entry in entries if entry.source().toString() == _SET_HERE}
            found[name] = (values, frozenset(own))
        return found

    def _resource(self, topic: str) -> JavaObject:
        config = self._jvm.org.apache.kafka.common.config.ConfigResource
        return config(config.Type.TOPIC, topic)

    def _made(self, options: JavaObject) -> JavaObject:
        create: Any = getattr(self._admin.Admin, "create", None)
        try:
            return create(options)
        except TypeError:
            raise BrokersRefused(
                "Kafka's client is not on Spark's class path. Jobs that talk to brokers ship it: "
                "run this one with sparkrail run.",
                kind="NoClient",
                retryable=False,
            ) from None
        except Exception as error:
            said = _said(_root(getattr(error, "java_exception", None)))
            raise BrokersRefused(
                f"Kafka's client cannot begin to talk to {self._brokers}: {said or error}",
                kind="NoClient",
                retryable=_NO_ADDRESS in said,
            ) from None

    def _do(self, asked: str, action: str, call: Callable[[], JavaObject]) -> Any:  # noqa: ANN401
        return self._answer(asked, action, self._call(asked, call))

    def _call(self, asked: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401  of the JVM
        time.sleep(PAUSE_SECONDS)
        try:
            return call()
        except Exception as error:
            raise self._refusal(asked, "Connect", error) from None

    def _answer(self, asked: str, action: str, future: JavaObject) -> Any:  # noqa: ANN401
        try:
            return future.get()
        except Exception as error:
            raise self._refusal(asked, action, error) from None

    def _refusal(self, asked: str, action: str, error: Exception) -> Exception:
        """What the brokers answered, in a sentence; what is no answer of theirs stays as it is."""
        cause = _root(getattr(error, "java_exception", None))
        if cause is None:
            return error
        kind, said = cause.getClass().getSimpleName(), _said(cause)
        may_pass = is_instance_of(self._gateway, cause, f"{_ERRORS}RetriableException")
        text = f"The brokers were asked to {asked} and answered {kind}: {said}"
        if kind == _SILENT:
            text = f"The brokers {self._brokers} were asked to {asked} and did not answer: {said}"
        if kind in _DENIED:
            text += f"\nThe job's role is not authorized to perform: kafka-cluster:{action}"
        if kind == _NOT_SIGNED_IN:
            text += "\nThe job's role is not authorized to perform: kafka-cluster:Connect"
        return BrokersRefused(text, kind=kind, retryable=may_pass)


def _root(error: Optional[JavaObject]) -> Optional[JavaObject]:
    """Kafka's own error under those that carry it."""
    while error is not None and error.getCause() is not None:
        error = error.getCause()
    return error


def _said(error: Optional[JavaObject]) -> str:
    return str(error.getMessage() or "nothing more") if error is not None else ""
