"""A run's driver logs: live to CloudWatch Logs, gzipped to S3 at the end."""

from __future__ import annotations

import contextlib
import gzip
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop.untyped import AwsClient

log = logging.getLogger(__name__)
_STREAMS = ("stdout", "stderr")
_DEFAULT_GROUP = "/aws/emr-serverless"
_EVENT_BYTES = 200_000
_BATCH_BYTES = 900_000
_BATCH_EVENTS = 5_000


def monitoring(request: Mapping[str, Any], application: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where logs go: for each kind of place what the request says, else the application."""
    own = (request.get("configurationOverrides") or {}).get("monitoringConfiguration") or {}
    return {**(application.get("monitoringConfiguration") or {}), **own}


class DriverLogs:
    """Ships the logs of one run.

    Args:
        client: Makes the client of a service, under the run's role.
        folder: Where the run's stdout and stderr are.
        where: The monitoring configuration in force.
        application: Id of the application.
        run: Id of the run.
        attempt: Its number; only of runs that may have several. Default: it has one.
    """

    def __init__(
        self,
        *,
        client: Callable[[str], AwsClient],
        folder: Path,
        where: Mapping[str, Any],
        application: str,
        run: str,
        attempt: int | None = None,
    ) -> None:
        self._client = client
        self._folder = folder
        # (EMR Serverless guide, job resiliency, "Logging with retry policy")
        which = f"/attempts/{attempt}" if attempt else ""
        self._place = f"applications/{application}/jobs/{run}{which}/SPARK_DRIVER"
        self._s3 = where.get("s3MonitoringConfiguration") or {}
        self._live = self._streams(where.get("cloudWatchLoggingConfiguration") or {})
        self._read = dict.fromkeys(_STREAMS, 0)
        self._rest = dict.fromkeys(_STREAMS, b"")
        self._made: set[str] = set()

    def _streams(self, configuration: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        if not configuration.get("enabled"):
            return {}
        group = configuration.get("logGroupName") or _DEFAULT_GROUP
        prefix = configuration.get("logStreamNamePrefix")
        lead = f"{prefix}/" if prefix else ""
        kinds = configuration.get("logTypes") or {"SPARK_DRIVER": ["STDOUT", "STDERR"]}
        return {
            stream: (group, f"{lead}{self._place}/{stream}")
            for stream in _STREAMS
            if stream.upper() in kinds.get("SPARK_DRIVER", [])
        }

    def ship(self, *, final: bool = False) -> None:
        """Send what was written since the last time; a half line waits unless it is the end."""
        for stream, (group, name) in self._live.items():
            try:
                self._send(group, name, self._new_lines(stream, final=final))
            except (BotoCoreError, ClientError) as error:
                # A run must not fail for its logs; the files and S3 still have them.
                log.warning("logs of %s: %s", self._place, error)

    def _new_lines(self, stream: str, *, final: bool) -> list[str]:
        path = self._folder / stream
        if not path.exists():
            return []
        with path.open("rb") as opened:
            opened.seek(self._read[stream])
            new = opened.read()
        self._read[stream] += len(new)
        lines = (self._rest[stream] + new).split(b"\n")
        self._rest[stream] = b"" if final else lines.pop()
        return [
            line[start : start + _EVENT_BYTES].decode(errors="replace")
            for line in lines
            for start in range(0, len(line), _EVENT_BYTES)
            if line.strip()
        ]

    def _send(self, group: str, name: str, lines: list[str]) -> None:
        if not lines:
            return
        client = self._client("logs")
        if name not in self._made:
            self._make(client, group, name)
        now = int(time.time() * 1000)
        batch: list[dict[str, Any]] = []
        size = 0
        for line in lines:
            if batch and (size + len(line) > _BATCH_BYTES or len(batch) == _BATCH_EVENTS):
                client.put_log_events(logGroupName=group, logStreamName=name, logEvents=batch)
                batch, size = [], 0
            batch.append({"timestamp": now, "message": line})
            size += len(line) + 26
        client.put_log_events(logGroupName=group, logStreamName=name, logEvents=batch)

    def _make(self, client: AwsClient, group: str, name: str) -> None:
        exists = client.exceptions.ResourceAlreadyExistsException
        found = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if group not in [each["logGroupName"] for each in found]:
            with contextlib.suppress(exists):
                client.create_log_group(logGroupName=group)
        with contextlib.suppress(exists):
            client.create_log_stream(logGroupName=group, logStreamName=name)
        self._made.add(name)

    def store(self) -> None:
        """Put both files, gzipped, where the request's logUri says."""
        uri = self._s3.get("logUri")
        if not uri:
            return
        bucket, _, prefix = str(uri).removeprefix("s3://").partition("/")
        lead = f"{prefix.rstrip('/')}/" if prefix else ""
        client = self._client("s3")
        for stream in _STREAMS:
            path = self._folder / stream
            if path.exists():
                key = f"{lead}{self._place}/{stream}.gz"
                body = gzip.compress(path.read_bytes(), mtime=0)
                try:
                    client.put_object(Bucket=bucket, Key=key, Body=body)
                except (BotoCoreError, ClientError) as error:
                    log.warning("logs of %s: %s", self._place, error)
