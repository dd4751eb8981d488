"""Stands in for spark-submit: a driver that keeps a stream's promises, or fails when told to.

It is told by files in the folder that the parameter `folder` names: `do-<generation>` and
`do-<version>` hold `commit`, `crash` (fail, may be tried again), `refuse` (fail for good), `deaf`
(reads no stop mark).
It writes when it began and when it ended, so that two at a time are seen.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ARGUMENTS = dict(zip(sys.argv, sys.argv[1:], strict=False))
if "--control" not in ARGUMENTS:
    sys.exit(0)  # a batch job, such as the one that makes topics
GENERATION, VERSION = ARGUMENTS["--generation"], ARGUMENTS["--stream-version"]
FOLDER, CONTROL = Path(ARGUMENTS["--parameter"].partition("=")[2]), ARGUMENTS["--control"]


def request(name, content=None):
    bucket, _, prefix = CONTROL.removeprefix("s3://").partition("/")
    caller, region = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_REGION"]
    scope = f"{caller}/{time.strftime('%Y%m%d', time.gmtime())}/{region}/s3/aws4_request"
    asked = urllib.request.Request(
        f"{os.environ['AWS_ENDPOINT_URL']}/{bucket}/{prefix}{name}",
        data=None if content is None else json.dumps(content).encode(),
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
            "Content-Type": "application/json",
        },
        method="GET" if content is None else "PUT",
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def tell(what):
    line = f"{time.monotonic()} {what} {GENERATION} {VERSION}\n"
    with (FOLDER / "drivers").open("a") as log:
        log.write(line)


def orders():
    files = [FOLDER / f"do-{name}" for name in (GENERATION, VERSION)]
    return " ".join(file.read_text() for file in files if file.exists())


def end(state, code, *, message="", retryable=True):
    report = {"job": ARGUMENTS["--job"], "generation": int(GENERATION), "version": VERSION}
    report |= {"state": state, "error": "Stopped", "message": message, "retryable": retryable}
    request(f"reports/{GENERATION}.json", report)
    tell("ended")
    sys.exit(code)


tell("began")
committed = False
while True:
    told = orders()
    if "commit" in told and not committed:
        request(f"committed/{GENERATION}", {})
        committed = True
    if "crash" in told:
        end("failed", 1, message=f"generation {GENERATION} crashed")
    if "refuse" in told:
        end("failed", 1, message=f"generation {GENERATION} is refused", retryable=False)
    if "deaf" not in told and request(f"stop/{GENERATION}") is not None:
        end("stopped", 0)
    time.sleep(0.05)
