"""Job runs under their role: what they are refused is said first, with the line that allows it."""

import time

import pytest
from laptop_assemblies import ACCOUNT, REGION
from laptop_roles import allow, trusting

# Each waits for a run of a few seconds.
pytestmark = pytest.mark.slow
SMALL = "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1"


@pytest.fixture
def run(person):
    """Runs the stand-in: run(role ARN, entry point, *arguments) -> the run at its end."""
    emr = person("emr-serverless")
    application = emr.create_application(name="a", releaseLabel="emr-7.14.0", type="SPARK")

    def start(role, what, *arguments, **more):
        which = {"applicationId": application["applicationId"]}
        spark = {
            "entryPoint": f"s3://x/{what}.py",
            "entryPointArguments": list(arguments),
            "sparkSubmitParameters": SMALL,
        }
        which["jobRunId"] = emr.start_job_run(
            **which, executionRoleArn=role, jobDriver={"sparkSubmit": spark}, **more
        )["jobRunId"]
        for _ in range(400):
            found = emr.get_job_run(**which)["jobRun"]
            if found["state"] in ("SUCCESS", "FAILED", "CANCELLED"):
                return found
            time.sleep(0.05)
        return found

    return start


def test_a_run_has_its_roles_credentials(taking, lake, run):
    role = taking(allow("s3:GetObject", "arn:aws:s3:::lake/in/*"))

    assert run(role.arn, "read", lake, "in/a.csv")["state"] == "SUCCESS"


def test_a_denied_run_names_role_action_resource_and_the_line_to_add(taking, lake, run, ask):
    role = taking(allow("s3:GetObject", "arn:aws:s3:::lake/other/*"))

    found = run(role.arn, "read", lake, "in/a.csv")

    assert found["state"] == "FAILED"
    first, _, rest = found["stateDetails"].partition("\n")
    assert first == (
        f"AccessDenied: {role.name} may not s3:GetObject on arn:aws:s3:::lake/in/a.csv. Declare it "
        'in job.toml, under [inputs]: NAME = { path = "s3://lake/in/" }'
    )
    assert "GetObject" in rest
    denied = ask(f"denials?session={found['jobRunId']}")["denials"]
    assert [each["action"] for each in denied] == ["s3:GetObject"]


def test_a_run_that_fails_by_itself_is_not_blamed_on_its_role(taking, run):
    role = taking(allow("s3:GetObject", "*"))

    assert run(role.arn, "fail")["stateDetails"] == "ValueError: bad input"


def test_a_role_that_does_not_trust_emr_serverless_cannot_run(taking, run):
    role = taking(allow("*", "*"), trust=trusting("states.amazonaws.com"))

    found = run(role.arn, "ok")

    assert (found["state"], found["stateDetails"]) == (
        "FAILED",
        f"AccessDenied: Could not assume runtime role {role.arn} because it does not exist or "
        "isn't setup with the required trust relationship.",
    )


def test_a_role_may_trust_one_application_alone(taking, run):
    source = f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/00another"
    condition = {"ArnLike": {"aws:SourceArn": source}}
    service = "emr-serverless.amazonaws.com"
    anyone = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    of_another = taking(allow("*", "*"), trust=trusting(service, condition=condition))
    of_account = taking(allow("*", "*"), trust=trusting(service, condition=anyone))

    assert "trust relationship" in run(of_another.arn, "ok")["stateDetails"]
    assert run(of_account.arn, "ok")["state"] == "SUCCESS"


def test_the_code_is_read_with_the_jobs_role(taking, lake, run, person):
    person("s3").put_object(Bucket=lake, Key="code/env.tgz", Body=b"x")
    role = taking(allow("s3:GetObject", "arn:aws:s3:::lake/in/*"))

    overrides = {
        "applicationConfiguration": [
            {
                "classification": "spark-defaults",
                "properties": {"spark.archives": f"s3://{lake}/code/env.tgz#environment"},
            }
        ]
    }
    found = run(role.arn, "ok", configurationOverrides=overrides)

    assert found["state"] == "FAILED"
    assert "AccessDenied: " in found["stateDetails"]
    assert "arn:aws:s3:::lake/code/env.tgz" in found["stateDetails"]


def test_disks_need_their_key(taking, run, key):
    arn = key()
    disks = {"diskEncryptionConfiguration": {"encryptionKeyArn": arn}}
    context = {"StringLike": {"kms:EncryptionContext:applicationId": "*"}}
    use = allow(["kms:GenerateDataKey", "kms:Decrypt"], arn, Condition=context)

    assert run(taking(use).arn, "ok", configurationOverrides=disks)["state"] == "SUCCESS"
    refused = run(taking(allow("s3:*", "*")).arn, "ok", configurationOverrides=disks)
    assert f"may not kms:GenerateDataKey on {arn}" in refused["stateDetails"]
