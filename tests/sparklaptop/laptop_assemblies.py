"""Cloud assemblies written by hand, as `cdk synth` would write them."""

import json
from pathlib import Path

STAND_IN = Path(__file__).parent / "stand_in.py"
ACCOUNT, REGION = "111122223333", "eu-central-1"
BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


def write(folder, stacks, *, assets=None, needs=None, tags=None, account=ACCOUNT, region=REGION):
    """An assembly: stacks {name: template}, assets {key: bytes}, needs {name: [names]}, tags."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    artifacts = {}
    files = {}
    for key, body in (assets or {}).items():
        (folder / f"asset.{key}").write_bytes(body)
        files[key] = {
            "source": {"path": f"asset.{key}", "packaging": "file"},
            "destinations": {"x": {"bucketName": BUCKET, "objectKey": key}},
        }
    if files:
        (folder / "dev.assets.json").write_text(json.dumps({"files": files}))
        artifacts["dev.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": "dev.assets.json"},
        }
    for name, template in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{region}",
            "properties": {"templateFile": f"{name}.template.json", "tags": tags or {}},
            "dependencies": (needs or {}).get(name, []),
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "55", "artifacts": artifacts}))
    return folder


def template(resources, **outputs):
    """A template; outputs: {name: value}."""
    made = {"Resources": resources}
    if outputs:
        made["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
    return made


def att(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


def ref(name):
    return {"Ref": name}


def weak(stack, output):
    return {"Fn::GetStackOutput": {"StackName": stack, "OutputName": output, "Region": REGION}}


def role(name, service, *statements):
    """A role that a service may take; statements: (actions, resources, ...)."""
    allowed = [
        {"Effect": "Allow", "Action": actions, "Resource": resources}
        for actions, *resources in statements
    ]
    document = {"Version": "2012-10-17", "Statement": allowed}
    policies = [{"PolicyName": "own", "PolicyDocument": document}]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            **({"Policies": policies} if statements else {}),
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": service},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
        },
    }
