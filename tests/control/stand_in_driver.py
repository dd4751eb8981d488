"""Stands in for spark-submit with a driver that keeps its promises: rows by interval, a report.

It is called as spark-submit is, under the job's own role. What it writes for a run is one object
per output table, named by the interval and replaced as a whole, as an idempotent write does. The
rows follow from the interval alone. A run lasts as long as the parameter `seconds` says.

Standard library alone, because loading boto3 would cost most of the time of a run.
"""

import argparse
import json
import os
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "engine"))
from sparkjob.intervals import Periods, interval_of


def words():
    """The job's own arguments: what follows the entry point."""
    given = sys.argv[1:]
    while given and given[0].startswith("--"):
        given = given[2:]
    return given[1:]


def arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("job", "run-key", "reports", "by", "overrides", "quarantine"):
        parser.add_argument(f"--{name}", default="{}" if name == "overrides" else None)
    for name in ("generation", "attempt", "interval-lookback"):
        parser.add_argument(f"--{name}", type=int, default=1)
    for name in ("interval-every", "interval-timezone", "interval-run-keys", "quarantine-percent"):
        parser.add_argument(f"--{name}")
    for name in ("input", "output", "parameter"):
        parser.add_argument(f"--{name}", action="append", default=[])
    return parser.parse_args(words())


def put(uri, content):
    """Write an object as JSON, as the role that the run was given."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    caller, region = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_REGION"]
    scope = f"{caller}/{time.strftime('%Y%m%d', time.gmtime())}/{region}/s3/aws4_request"
    # The laptop cloud knows a caller by the key and does not look at signatures.
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(
        f"{os.environ['AWS_ENDPOINT_URL']}/{bucket}/{key}",
        data=json.dumps(content).encode(),
        headers={"Authorization": signed, "Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=60):
        pass


def main():
    given = arguments()
    parameters = dict(pair.split("=", 1) for pair in given.parameter)
    parameters |= json.loads(given.overrides).get("parameters", {})
    time.sleep(float(parameters.get("seconds", 0)))
    key, interval = given.run_key, None
    if given.interval_every:
        periods = Periods(
            every=given.interval_every,
            lookback=given.interval_lookback,
            timezone=given.interval_timezone,
            run_keys=given.interval_run_keys,
        )
        found = interval_of(given.run_key, periods, by=given.by or "hand")
        key = found.key
        interval = {"key": key, "start": str(found.start), "end": str(found.end)}
    warehouse = next(
        word.split("=", 1)[1]
        for word in sys.argv
        if word.startswith("spark.sql.catalog.lake.warehouse=")
    )
    for pair in given.output:
        database, table = pair.split("=", 1)[1].removeprefix("lake.").split(".")
        rows = [{"interval": key, "n": n, "value": f"{table}-{key}-{n}"} for n in range(3)]
        # The warehouse is by contract names; the catalog's database has the environment's prefix.
        put(f"{warehouse}/{database.rsplit('_', 1)[-1]}/{table}/{key}.json", rows)
    report = {
        "job": given.job,
        "run_key": given.run_key,
        "by": given.by,
        "interval": interval,
        "rows": {"read": 3, "used": 3, "excluded": 0, "quarantined": 0},
    }
    put(f"{given.reports}{given.run_key}-{given.generation}-{given.attempt}.json", report)


if __name__ == "__main__":
    main()
