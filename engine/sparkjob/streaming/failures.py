"""Why a query failed, in sentences with choices: what Spark and Kafka say is for programmers."""

from __future__ import annotations

import re
from typing import Optional

from sparkjob.errors import CheckpointRefused, InputRefused, JobError, RecordsGone
from sparkjob.streaming.beginning import Place, choices
from sparkjob.streaming.mark import Mark

_GONE = (
    re.compile(
        r"Cannot fetch offset (?P<offset>\d+) \(GroupId: [^,]*, "
        r"TopicPartition: (?P<partition>\S+)\)"
    ),
    re.compile(
        r"Partition (?P<partition>\S+?)(?:'s)? offset was changed from (?P<offset>\d+) to "
        r"(?P<now>\d+)"
    ),
    re.compile(
        r"(?:offset|Offset) (?P<offset>\d+).{0,80}?(?:TopicPartition:? |partition )"
        r"(?P<partition>[\w.-]+-\d+)"
    ),
)
_LOSS = ("Some data may have been lost", "some data may have been missed", "KAFKA_DATA_LOSS")
_STATE = (
    re.compile(r"Provided schema doesn't match to the schema for existing state"),
    re.compile(r"STATE_STORE_\w*(?:SCHEMA|INCOMPATIBLE|INVALID|MISMATCH)\w*"),
    re.compile(r"STREAMING_STATEFUL_OPERATOR_\w+"),
    re.compile(r"StateSchemaNotCompatibleException"),
    re.compile(r"Error reading (?:delta|snapshot) file [^\n]*"),
    re.compile(r"CANNOT_LOAD_STATE_STORE[.\w]*"),
    re.compile(r"There are \[\d+\] sources in the checkpoint offsets and now there are \[\d+\]"),
    re.compile(r"The checkpoint seems to be only run with older Spark version"),
)
_LOGS = re.compile(
    r"Incomplete log file|Log file was malformed|batch \d+ doesn't exist|"
    r"Detected gap in the offset log|Failed to read log file"
)
_REFUSED = re.compile(
    r"(?:(?P<kind>\w+AuthorizationException|SaslAuthenticationException): (?P<text>[^\n]+))"
)
_CONNECTOR = re.compile(r"Failed to find (?:the )?data source: kafka|DATA_SOURCE_NOT_FOUND.*kafka")


def failure(error: BaseException, place: Place, mark: Optional[Mark]) -> Optional[JobError]:
    """Say why a query failed; None if all that can be said is what Spark said.

    Args:
        error: Of the query.
        place: Of the stream.
        mark: The newest batch that its table has.
    """
    text = _all_of(error)
    gap = _gap(text)
    if gap:
        return RecordsGone(_gone(gap, place, mark))
    if _CONNECTOR.search(text):
        return InputRefused(
            "Spark's connector for Kafka is not among its jars. Add those of "
            "sparkmodel/locks/kafka-<line of Spark>.json to spark.jars."
        )
    if refused := kafka_refusal(text):
        return InputRefused(refused)
    state = next((found for each in _STATE if (found := each.search(text))), None)
    if state or _LOGS.search(text):
        return CheckpointRefused(_unreadable(text, state, place, mark))
    return None


def kafka_refusal(text: str) -> Optional[str]:
    """What Kafka does not allow; None if that is not what happened.

    >>> kafka_refusal("TopicAuthorizationException: Not authorized to access topics: [sales]")
    'Kafka refused: Not authorized to access topics: [sales]'
    """
    found = _REFUSED.search(text)
    return f"Kafka refused: {found['text'].strip()}" if found else None


def root_cause(error: BaseException) -> str:
    """The innermost exception of the JVM, with its class."""
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    return str(error) if java is None else str(java.toString())


def _all_of(error: BaseException) -> str:
    parts = [str(error)]
    for name in ("stackTrace", "_stackTrace"):
        stack = getattr(error, name, None)
        if isinstance(stack, str):
            parts.append(stack)
    return "\n".join(parts)


def _gap(text: str) -> str:
    if not any(sign in text for sign in _LOSS):
        return ""
    for each in _GONE:
        found = each.search(text)
        if found:
            topic, _, partition = found["partition"].strip("'\"").rpartition("-")
            return f"topic {topic}, partition {partition}, offset {found['offset']}"
    first = next((line for line in text.splitlines() if any(s in line for s in _LOSS)), "")
    return first.strip()[:300]


def _gone(gap: str, place: Place, mark: Optional[Mark]) -> str:
    newest = max(place.state_version, mark.state_version if mark else 0)
    return (
        f"Records that {place.job} has not read are gone: {gap}. They were older than the topic "
        "keeps them, or the topic was deleted and made anew. Nothing of the batch was published, "
        "and the stream does not skip them by itself.\nChoose:\n"
        "  - send the records again, if their producer still has them;\n"
        f"  - and go on without them: raise stream.state_version to {newest + 1} in "
        f"spark_jobs/{place.job}/job.toml. The stream then begins at the oldest record there is, "
        "says how many are missing, and has no state.\n"
        "Keep it from happening again: a longer retention_hours in the topic's contract."
    )


def _unreadable(
    text: str, state: Optional["re.Match[str]"], place: Place, mark: Optional[Mark]
) -> str:
    found = state or _LOGS.search(text)
    assert found is not None
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    said = text[start : end if end > 0 else None].strip()[:300]
    what = (
        "the state in its checkpoint is not what the query reads: its grouping, window or columns "
        "have changed, or files of it are gone"
        if state
        else "its checkpoint is damaged"
    )
    return (
        f"{place.job} cannot go on: {what} ({place.folder}). Nothing of the batch was published.\n"
        f"Spark says: {said}\n{choices(place, mark)}\n"
        "  - or take the change back, if it was not meant."
    )
