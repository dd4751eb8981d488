"""Stands in for spark-submit: does what the entry point's name says."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

words = sys.argv[1:]
while words and words[0].startswith("--"):
    words = words[2:]
what, arguments = words[0].rsplit("/", 1)[-1].removesuffix(".py"), words[1:]
print("stand-in", what, *arguments, flush=True)
if what == "fail":
    print(
        'Traceback (most recent call last):\n  File "main.py", line 1\nValueError: bad input',
        flush=True,
    )
    sys.exit(1)
if what == "sleep":
    subprocess.Popen(["sleep", "600"])
    print("pid", os.getpid(), flush=True)
    time.sleep(600)
if what == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
if what == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "brief":
    time.sleep(1)
if what == "environment":
    for key, value in sorted(os.environ.items()):
        print(key, value, sep="=")
if what == "read":
    import boto3

    bucket, key = arguments
    print(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
if what == "write":
    import boto3

    bucket, key = arguments
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"")
if what == "fill":
    for number in range(200):
        Path(f"spill-{number}").write_text("rows")
        time.sleep(0.05)
