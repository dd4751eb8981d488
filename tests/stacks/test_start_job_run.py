"""Every StartJobRun in every template is a request that EMR Serverless takes."""

import json
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

FILLED = {
    "ApplicationId": "00abc123",
    "EntryPoint": "s3://assets/main.py",
    "Code": "s3://assets/code.zip",
    "DataKeyArn": "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000",
    "LakeBucketName": "lake",
    "LedgerName": "ledger",
    "LogsBucketName": "logs",
    "RawBucketName": "raw",
}
MAX_PARAMETERS = 102_400
MAX_INTRINSIC = 10_000


@pytest.fixture(scope="session")
def start_job_run():
    service = botocore.session.get_session().get_service_model("emr-serverless")
    return service.operation_model("StartJobRun").input_shape


@pytest.fixture(scope="session")
def machines(stacks):
    return [
        (stack, machine)
        for stack in stacks
        for machine in stack.of_type("AWS::StepFunctions::StateMachine").values()
        if "startJobRun.sync" in machine["DefinitionString"]
    ]


@pytest.fixture(scope="session")
def reconcilers(stacks):
    return [
        machine
        for stack in stacks
        for machine in stack.of_type("AWS::StepFunctions::StateMachine").values()
        if "emrserverless:startJobRun" in machine["DefinitionString"]
    ]


def filled(machine):
    """The definition as Step Functions gets it."""
    names = machine["DefinitionSubstitutions"]
    text = re.sub(
        r"\$\{([A-Za-z]+)\}",
        lambda match: FILLED.get(match[1], "x") if match[1] in names else match[0],
        machine["DefinitionString"],
    )
    return json.loads(text)


def requests(machine):
    for state in filled(machine)["States"].values():
        if state.get("Resource", "").endswith("emr-serverless:startJobRun.sync"):
            yield state["Parameters"]


def as_api(value):
    """Step Functions spells in Pascal case what the API spells in camel case."""
    if isinstance(value, list):
        return [as_api(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key.removesuffix(".$")[0].lower() + key.removesuffix(".$")[1:]: (
            ["x"] if key == "EntryPointArguments.$" else as_api(each)
        )
        for key, each in value.items()
        if key != "Tags"
    }


def test_every_machine_starts_a_run(machines):
    assert machines
    assert all(list(requests(machine)) for _, machine in machines)


def test_every_request_fits_the_service_model(machines, start_job_run):
    for _, machine in machines:
        for request in requests(machine):
            report = ParamValidator().validate(as_api(request), start_job_run)

            assert not report.has_errors(), report.generate_report()


def test_no_placeholder_is_left_unfilled(machines):
    for _, machine in machines:
        asked = set(re.findall(r"\$\{([^}]*)\}", machine["DefinitionString"]))

        assert asked == set(machine["DefinitionSubstitutions"])


def test_a_run_says_everything_on_its_own_command_line(machines):
    for _, machine in machines:
        for request in requests(machine):
            spark_submit = request["JobDriver"]["SparkSubmit"]["SparkSubmitParameters"]

            assert "spark.dynamicAllocation.maxExecutors=" in spark_submit
            assert "spark.sql.session.timeZone=UTC" in spark_submit
            assert "spark.sql.ansi.enabled=" in spark_submit
            assert "--packages" not in spark_submit
            assert len(spark_submit) < MAX_PARAMETERS
            assert "ApplicationConfiguration" not in request.get("ConfigurationOverrides", {})


def test_a_run_gets_its_arguments_in_the_agreed_order(machines):
    order = ["--job", "--input", "--output", "--quarantine", "--quarantine-percent", "--parameter"]
    order += ["--reports", "--run-key", "--generation", "--attempt", "--overrides"]
    for _, machine in machines:
        for request in requests(machine):
            arguments = request["JobDriver"]["SparkSubmit"]["EntryPointArguments.$"]
            places = [arguments.find(f"'{each}'") for each in order]

            assert arguments.startswith("States.Array('--job', ")
            assert [place for place in places if place >= 0] == sorted(
                place for place in places if place >= 0
            )
            assert "$.key, '--generation', States.Format('{}', $.generation)" in arguments
            assert arguments.endswith("'--overrides', States.JsonToString($.overrides))")
            assert len(arguments) < MAX_INTRINSIC


def test_the_service_times_out_before_the_state_does(machines):
    for stack, machine in machines:
        run = filled(machine)["States"]["Run"]
        minutes = run["Parameters"]["ExecutionTimeoutMinutes"]

        assert run["TimeoutSeconds"] > minutes * 60, stack.name


def test_a_token_is_the_hash_of_job_key_generation_and_attempt(machines):
    for _, machine in machines:
        for request in requests(machine):
            assert re.fullmatch(
                r"States\.Hash\(States\.Format\('[a-z0-9_]+/\{\}/\{\}/\{\}', "
                r"\$\.key, \$\.generation, \$\.attempt\), 'SHA-256'\)",
                request["ClientToken.$"],
            )


def started(machine):
    """What a reconciler tells EMR Serverless, with paths into the payload followed."""
    states = filled(machine)["States"]
    payload = states["Desired"]["Result"]["payload"]

    def followed(key, value):
        if isinstance(value, dict):
            return {
                inner.removesuffix(".$"): followed(inner, each) for inner, each in value.items()
            }
        if key == "EntryPointArguments.$":
            return payload["Arguments"]
        word = "$.want.payload."
        known = key.endswith(".$") and value.startswith(word)
        return payload[value.removeprefix(word)] if known else value

    return followed("", states["Start"]["Parameters"])


def test_every_request_of_a_stream_fits_the_service_model(reconcilers, start_job_run):
    assert reconcilers
    for machine in reconcilers:
        request = started(machine)
        report = ParamValidator().validate(as_api(request), start_job_run)

        assert not report.has_errors(), report.generate_report()
        assert request["Mode"] == "STREAMING"
        assert request["RetryPolicy"]["MaxFailedAttemptsPerHour"] <= 10


def test_a_stream_has_its_state_in_rocksdb_within_bounds(reconcilers):
    for machine in reconcilers:
        conf = started(machine)["JobDriver"]["SparkSubmit"]["SparkSubmitParameters"]

        assert "RocksDBStateStoreProvider" in conf
        assert "rocksdb.boundedMemoryUsage=true" in conf
        assert re.search(r"rocksdb\.maxMemoryUsageMB=[1-9]", conf)
        assert "rocksdb.changelogCheckpointing.enabled=true" in conf
        assert "spark.sql.shuffle.partitions=" in conf


def test_the_token_of_a_stream_is_the_hash_of_job_and_generation(reconcilers):
    for machine in reconcilers:
        assert re.fullmatch(
            r"States\.Hash\(States\.Format\('\{\}/stream/\{\}', '[a-z0-9_]+', "
            r"\$\.next\.generation\), 'SHA-256'\)",
            started(machine)["ClientToken"],
        )
