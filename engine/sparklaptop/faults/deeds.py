"""Faults that are done once, at the moment when they are asked for."""

from __future__ import annotations

import logging

from sparklaptop.clients import Clients
from sparklaptop.faults.rules import Rule
from sparklaptop.faults.victims import Victims
from sparklaptop.kafka.brokers import Brokers

log = logging.getLogger(__name__)


class Deeds:
    """Does them.

    Args:
        brokers: Of the Kafka clusters.
        clients: As the person at the keyboard.
    """

    def __init__(self, brokers: Brokers, clients: Clients) -> None:
        self._brokers = brokers
        self._clients = clients

    def do(self, rule: Rule, victims: Victims) -> None:
        """Do what a rule says; it is counted if there was somebody to do it to.

        Args:
            rule: Of the kind `now`.
            victims: The runs.
        """
        if rule.kind == "outage":
            effect = rule.effect
            every = effect["brokers"] == "all"
            done = self._brokers.outage(every=every, seconds=float(effect["seconds"]))
        else:
            done = sum(self._lose(rule, run, victims) for run in victims.living())
        if done:
            rule.takes_now()
        else:
            log.warning("%s: nothing runs that this could happen to", rule.name)

    def _lose(self, rule: Rule, run: str, victims: Victims) -> bool:
        where = victims.checkpoint(run)
        if not where or not rule.match.names(job=victims.job(run), run=run):
            return False
        # A driver that lives would write the next batch into the folder that is gone.
        victims.kill(run, "driver")
        bucket, _, prefix = where.removeprefix("s3://").partition("/")
        s3 = self._clients.get("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=one["Key"])
        return True
