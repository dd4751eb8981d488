import boto3
from moto import mock_aws

from sparkjob.arguments import parse_arguments
from sparkjob.contracts import parse_contracts
from sparkjob.job_run import Run


@mock_aws
def test_a_secret_is_read_by_the_name_that_the_manifest_gives_it(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="prod/api-key", SecretString="hush")
    run = Run(
        None,
        arguments=parse_arguments([], script="main.py"),
        contracts=parse_contracts({"secrets": {"api": "prod/api-key"}}),
    )

    assert run.secret("api") == "hush"
    assert "hush" not in run.report.to_json()
