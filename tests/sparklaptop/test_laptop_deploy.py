"""An assembly is brought as `cdk deploy` would bring it."""

import json

import pytest
from laptop_assemblies import ACCOUNT, BUCKET, REGION, ref, template, write

from sparklaptop import LaptopError
from sparklaptop.assembly import read

QUEUE = {"Type": "AWS::SQS::Queue"}


def test_assets_are_published_once_under_their_keys(laptop, client, tmp_path):
    said = []
    stacks = {"assets": template({"Q": QUEUE})}
    folder = write(tmp_path / "out", stacks, assets={"abc.py": b"print(1)", "def.zip": b"PK"})

    laptop.deploy(folder, said.append)
    laptop.deploy(folder, said.append)

    body = client("s3").get_object(Bucket=BUCKET, Key="abc.py")["Body"].read()
    assert body == b"print(1)"
    assert len([text for text in said if text.startswith("publishing")]) == 2


def test_stacks_come_after_what_they_need_whatever_their_names(deploy):
    stacks = {"a-last": template({"Q": QUEUE}), "z-first": template({"Q": QUEUE})}

    done = deploy(stacks, needs={"a-last": ["z-first"]})

    assert done.created == ("z-first", "a-last")
    assert done.seconds > 0


def test_stages_inside_an_assembly_are_deployed_too(laptop, tmp_path):
    outer = tmp_path / "out"
    write(outer / "assembly-dev", {"in-a-stage": template({"Q": QUEUE})})
    stage = {
        "type": "cdk:cloud-assembly",
        "properties": {"directoryName": "assembly-dev"},
    }
    manifest = {"version": "55", "artifacts": {"assembly-dev": stage}}
    (outer / "manifest.json").write_text(json.dumps(manifest))

    assert laptop.deploy(outer, lambda _: None).created == ("in-a-stage",)


def test_a_folder_as_asset_is_zipped_the_same_way_twice(laptop, client, tmp_path):
    folder = write(tmp_path / "out", {"zipped": template({"Q": QUEUE})}, assets={"k": b""})
    source = folder / "asset.folder"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a.txt").write_text("a")
    manifest = json.loads((folder / "dev.assets.json").read_text())
    bodies = []
    for key in ("one.zip", "two.zip"):
        manifest["files"] = {
            key: {
                "source": {"path": "asset.folder", "packaging": "zip"},
                "destinations": {"x": {"bucketName": BUCKET, "objectKey": key}},
            }
        }
        (folder / "dev.assets.json").write_text(json.dumps(manifest))
        laptop.deploy(folder, lambda _: None)
        bodies.append(client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())

    assert bodies[0] == bodies[1]


def test_an_assembly_for_another_account_is_refused(laptop, tmp_path):
    folder = write(tmp_path / "out", {"s": template({"Q": QUEUE})}, account="999999999999")

    with pytest.raises(LaptopError, match=f"account 999999999999 .*cloud is {ACCOUNT}"):
        laptop.deploy(folder, print)


def test_an_open_environment_is_this_clouds(tmp_path):
    folder = write(
        tmp_path, {"s": template({"Q": QUEUE})}, account="unknown-account", region="unknown-region"
    )

    stack = read(folder, account=ACCOUNT, region=REGION).stacks[0]

    assert (stack.account, stack.region) == (ACCOUNT, REGION)


def test_a_folder_that_is_no_assembly_is_a_sentence(laptop, tmp_path):
    with pytest.raises(LaptopError, match="not a cloud assembly"):
        laptop.deploy(tmp_path, print)


def test_the_bootstrap_version_is_there_for_templates_that_ask(deploy, client):
    made = template({"Q": QUEUE}, Version=ref("BootstrapVersion"))
    made["Parameters"] = {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
    }
    made["Rules"] = {"CheckBootstrapVersion": {"Assertions": []}}

    deploy({"bootstrapped": made})

    found = client("cloudformation").describe_stacks(StackName="bootstrapped")["Stacks"][0]
    assert int(found["Outputs"][0]["OutputValue"]) >= 6
