"""What the laptop cloud forgets when it is killed, and what it costs that it forgets nothing.

    .venv/bin/python benchmarks/durability.py [kills]

Writers to eight services are killed with their laptop cloud by SIGKILL again and again (20 times
unless said); each acknowledged write is looked for after each start. Then 1,000 objects of 100 KB
are put and read, and the same on moto alone, in the same run. Nothing fails by the figures but
this script's exit code, if a write was lost.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop import Laptop
from sparklaptop.ports import free_port

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests" / "sparklaptop"
RESULT = ROOT / "benchmarks" / "results" / "durability.json"
KILLS, OBJECTS, BYTES = 20, 1000, 100_000
SEED = 20261121


def main() -> int:
    """Kill, measure, print the figures, write them as JSON."""
    sys.path[:0] = [str(TESTS), str(TESTS / "state")]
    import killing  # noqa: PLC0415

    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    with tempfile.TemporaryDirectory() as folder:
        launcher = shlex.join([sys.executable, str(TESTS / "stand_in.py")])
        laptop = Laptop(
            Path(folder) / "state",
            account=killing.ACCOUNT,
            region=killing.REGION,
            options=("--launcher", launcher),
        )
        cloud = killing.Cloud(laptop, free_port(5960))
        try:
            cloud.start()
            cloud.deploy(Path(folder) / "cdk.out")
            result = killing.kill_again_and_again(cloud, kills=kills, seed=SEED, say=print)
            ours = _objects(_client(f"http://127.0.0.1:{cloud.port}"))
            status = laptop.status()
        finally:
            laptop.stop()
        moto = _on_moto_alone(free_port(5970))
    figures = {
        "kills": kills,
        "acknowledged": result.acknowledged,
        "acknowledged_in_all": sum(result.acknowledged.values()),
        "lost": len(result.lost),
        "changed_ids": result.changed_ids,
        "start_seconds": {
            "first": round(result.starts[0], 1),
            "last": round(result.starts[-1], 1),
        },
        "laptop": ours,
        "moto_alone": moto,
        "laptop_mib": status.rss_mib if status else None,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    for one in result.lost:
        print("LOST", *one)
    return 1 if result.lost or result.changed_ids else 0


def _client(endpoint: str) -> Any:  # noqa: ANN401
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def _objects(client: Any) -> dict[str, float]:  # noqa: ANN401
    client.create_bucket(Bucket="bench")
    body = os.urandom(BYTES)

    def timed(do: Callable[[int], object]) -> float:
        begun = time.monotonic()
        for number in range(OBJECTS):
            do(number)
        return round(time.monotonic() - begun, 2)

    return {
        "put_seconds": timed(lambda n: client.put_object(Bucket="bench", Key=str(n), Body=body)),
        "get_seconds": timed(
            lambda n: client.get_object(Bucket="bench", Key=str(n))["Body"].read()
        ),
    }


def _on_moto_alone(port: int | None) -> dict[str, float]:
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    client = _client(f"http://127.0.0.1:{port}")
    try:
        while True:
            try:
                client.list_buckets()
                break
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
        return _objects(client)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
