"""Bringing the laptop cloud to what an assembly says, as `cdk deploy --all` does with AWS."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop import assembly as assemblies
from sparklaptop.assembly import AssemblyStack, FileAsset
from sparklaptop.clients import Clients
from sparklaptop.errors import LaptopError
from sparklaptop.untyped import AwsClient

_NO_UPDATES = "No updates are to be performed"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DEFAULT_REGION = "us-east-1"


@dataclass(kw_only=True)
class _Done:
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def deploy(
    folder: Path, *, endpoint: str, account: str, region: str, on_progress: Callable[[str], None]
) -> _Done:
    """Publish what is missing, create or update each stack.

    Raises:
        LaptopError: The assembly is for another account or Region, or a stack failed.
    """
    found = assemblies.read(folder, account=account, region=region)
    for stack in found.stacks:
        if (stack.account, stack.region) != (account, region):
            raise LaptopError(
                f"stack {stack.name} is for account {stack.account} in {stack.region}; this laptop "
                f"cloud is {account} in {region}."
            )
    clients = Clients(endpoint, region)
    try:
        _publish(clients, found.assets, on_progress)
        return _deploy_stacks(clients, found.stacks, on_progress)
    except BotoCoreError as error:
        raise LaptopError(
            f"the laptop cloud stopped answering: {error}", next_command="sparkrail up"
        ) from error


def _publish(
    clients: Clients, assets: tuple[FileAsset, ...], on_progress: Callable[[str], None]
) -> None:
    client = clients.get("s3")
    for bucket in sorted({asset.bucket for asset in assets}):
        _ensure_bucket(client, bucket, clients.region)
    missing = [asset for asset in assets if not _exists(client, asset)]
    for number, asset in enumerate(missing, 1):
        on_progress(f"publishing {number} of {len(missing)}: {asset.source.name}")
        with asset.source.open("rb") if asset.packaging == "file" else _zipped(asset) as body:
            client.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)


def _ensure_bucket(client: AwsClient, bucket: str, region: str) -> None:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError:
        place = {"LocationConstraint": region}
        more = {} if region == _DEFAULT_REGION else {"CreateBucketConfiguration": place}
        client.create_bucket(Bucket=bucket, **more)


def _exists(client: AwsClient, asset: FileAsset) -> bool:
    # The key holds the hash of the content: what is there under it is the same.
    try:
        client.head_object(Bucket=asset.bucket, Key=asset.key)
    except ClientError:
        return False
    return True


def _zipped(asset: FileAsset) -> io.BytesIO:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(asset.source.rglob("*")):
            if path.is_file():
                name = path.relative_to(asset.source).as_posix()
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), path.read_bytes())
    body.seek(0)
    return body


def _deploy_stacks(
    clients: Clients, stacks: tuple[AssemblyStack, ...], on_progress: Callable[[str], None]
) -> _Done:
    done = _Done()
    client = clients.get("cloudformation")
    changed: set[str] = set()
    for stack in stacks:
        before = _describe(client, stack.name)
        text = stack.template.read_text()
        if before is None:
            on_progress(f"creating {stack.name}")
            _send(client.create_stack, stack, text)
            done.created += (stack.name,)
        elif _same(client, before, stack, text) and not stack.needs & changed:
            done.unchanged += (stack.name,)
            continue
        elif _updated(client, stack, text, on_progress):
            done.updated += (stack.name,)
        else:
            done.unchanged += (stack.name,)
            continue
        after = _describe(client, stack.name)
        if _outputs(before) != _outputs(after):
            # A weak reference is read when the stack that holds it is deployed.
            changed.add(stack.id)
    return done


def _describe(client: AwsClient, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None
    return found


def _outputs(stack: dict[str, Any] | None) -> dict[str, str]:
    outputs = (stack or {}).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def _same(client: AwsClient, there: dict[str, Any], stack: AssemblyStack, text: str) -> bool:
    if {tag["Key"]: tag["Value"] for tag in there.get("Tags", [])} != stack.tags:
        return False
    found = client.get_template(StackName=stack.name)["TemplateBody"]
    old = found if isinstance(found, dict) else json.loads(found)
    return bool(old == json.loads(text))


def _updated(
    client: AwsClient, stack: AssemblyStack, text: str, on_progress: Callable[[str], None]
) -> bool:
    on_progress(f"updating {stack.name}")
    try:
        _send(client.update_stack, stack, text)
    except LaptopError as error:
        if _NO_UPDATES in error.message:
            return False
        raise
    return True


def _send(operation: Callable[..., Any], stack: AssemblyStack, text: str) -> None:
    try:
        operation(
            StackName=stack.name,
            TemplateBody=text,
            Capabilities=_CAPABILITIES,
            Tags=[{"Key": key, "Value": value} for key, value in sorted(stack.tags.items())],
        )
    except ClientError as error:
        raise LaptopError(error.response["Error"].get("Message", str(error))) from error
