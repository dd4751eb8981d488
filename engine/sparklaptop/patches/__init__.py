"""Where moto 5.2.5 does not behave as AWS does: one module per difference, each with a test."""

from __future__ import annotations

from sparklaptop.clients import Clients
from sparklaptop.patches import (
    bucket_policies,
    glue_versions,
    states_calls,
    states_context,
    states_emr_serverless,
    states_errors,
    transactions,
)


def apply(clients: Clients, *, region: str) -> None:
    """Put every patch in place, once, before the first request.

    Args:
        clients: How machines call the laptop cloud.
        region: Region of EMR Serverless' own calls.
    """
    bucket_policies.apply()
    glue_versions.apply()
    transactions.apply()
    states_context.apply()
    states_calls.apply(clients)
    states_errors.apply()
    states_emr_serverless.apply(clients, region)
