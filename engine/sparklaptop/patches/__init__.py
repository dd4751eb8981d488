"""Where moto 5.2.5 does not behave as AWS does: one module per difference, each with a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparklaptop.clients import Clients
from sparklaptop.patches import (
    alarm_queries,
    bucket_policies,
    dynamodb_queries,
    glue_versions,
    known_services,
    queue_counts,
    s3_key_ids,
    scheduler_answers,
    states_answers,
    states_calls,
    states_context,
    states_emr_serverless,
    states_errors,
    states_executions,
    states_lost_replies,
    states_parsing,
    states_time,
    transactions,
)

if TYPE_CHECKING:
    from sparklaptop.emrserverless.api import Service


def apply(
    clients: Clients,
    *,
    region: str,
    minute_seconds: float,
    runs: Service,
) -> None:
    """Put every patch in place, once, before the first request.

    Args:
        clients: How machines call the laptop cloud.
        region: Region of EMR Serverless' own calls.
        minute_seconds: Length of a minute of machines.
        runs: Knows when one has ended.
    """
    alarm_queries.apply()
    bucket_policies.apply()
    dynamodb_queries.apply()
    glue_versions.apply()
    known_services.apply()
    queue_counts.apply()
    s3_key_ids.apply()
    scheduler_answers.apply()
    states_answers.apply()
    transactions.apply()
    states_context.apply()
    states_calls.apply(clients)
    states_errors.apply()
    states_lost_replies.apply()
    states_emr_serverless.apply(clients, region, runs)
    states_parsing.apply()
    states_time.apply(minute_seconds / 60)
    states_executions.apply(clients)
