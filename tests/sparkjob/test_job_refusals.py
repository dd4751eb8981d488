"""What a service refuses for good is told in its words and not tried again."""

import pytest

from sparkjob.errors import describe, explain, is_retryable
from sparkjob.refusals import refusal

ROLE = "arn:aws:sts::111122223333:assumed-role/demo-dev-sales-job/run"
GLUE = (
    f"User: {ROLE} is not authorized to perform: glue:GetTable on resource: "
    "arn:aws:glue:us-east-1:111122223333:table/sales/other because no identity-based policy "
    "allows the glue:GetTable action"
)
S3 = (
    f'User: {ROLE} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::raw/x" '
    "with an explicit deny in an identity-based policy"
)
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234 is disabled."
JVM = "An error occurred while calling o42.load.\n: "
STACK = (
    "\n\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:255)\n\t... 9 more"
)
DETAILS = " (Service: Glue, Status Code: 400, Request ID: 0f1e) (SDK Attempt Count: 1)"

FOR_GOOD = {
    "Glue in the JVM": (
        f"{JVM}java.lang.RuntimeException: no table{STACK}\nCaused by: "
        f"software.amazon.awssdk.services.glue.model.AccessDeniedException: {GLUE}{DETAILS}{STACK}",
        GLUE,
    ),
    "S3A that knows why": (
        f"{JVM}java.nio.file.AccessDeniedException: s3a://raw/x: open s3a://raw/x at 0: "
        f"software.amazon.awssdk.services.s3.model.S3Exception: {S3} (Service: S3, Status Code: "
        f"403, Request ID: 1){STACK}",
        S3,
    ),
    "S3A that does not know why": (
        f"{JVM}java.nio.file.AccessDeniedException: s3a://raw/x: getFileStatus on s3a://raw/x: "
        "software.amazon.awssdk.services.s3.model.S3Exception: null (Service: S3, Status Code: "
        f"403, Request ID: 1): 403 Forbidden{STACK}",
        "Access denied: getFileStatus on s3a://raw/x",
    ),
    "S3A that does not know why, with the causes of the JVM": (
        f"{JVM}java.nio.file.AccessDeniedException: s3://raw/x: getFileStatus on s3://raw/x: com."
        "amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status "
        f"Code: 403; Error Code: 403 Forbidden; Request ID: 1):403 Forbidden{STACK}\nCaused by: "
        "com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status "
        f"Code: 403; Error Code: 403 Forbidden; Request ID: 1), S3 Extended Request ID: 2{STACK}",
        "Access denied: getFileStatus on s3://raw/x",
    ),
    "a task in an executor": (
        f"{JVM}org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage "
        "1.0 failed 4 times, most recent failure: Lost task 0.3: java.nio.file."
        f"AccessDeniedException: s3a://raw/x{STACK}",
        "Job aborted due to stage failure",
    ),
    "boto3": (
        f"An error occurred (AccessDeniedException) when calling the GetTable operation: {GLUE}",
        GLUE,
    ),
    "a disabled key": (
        f"{JVM}software.amazon.awssdk.services.s3.model.S3Exception: {KEY} (Service: S3, Status "
        f"Code: 400, Request ID: 1){STACK}",
        KEY,
    ),
    "a disabled key, by KMS": (
        f"An error occurred (DisabledException) when calling the Decrypt operation: {KEY}",
        KEY,
    ),
    "a key that is going away": (
        "An error occurred (KMSInvalidStateException) when calling the Decrypt operation: "
        "arn:aws:kms:us-east-1:111122223333:key/1234 is pending deletion.",
        "is pending deletion",
    ),
    "a missing secret": (
        "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: "
        "Secrets Manager can't find the specified secret.",
        "Secrets Manager can't find the specified secret.",
    ),
}
FOR_NOW = {
    "slow down": f"{JVM}S3Exception: Please reduce your request rate. (Service: S3, Status Code: "
    "503, Request ID: 1): SlowDown",
    "5xx": f"{JVM}S3Exception: We encountered an internal error. (Service: S3, Status Code: 500)",
    "timeout": "An error occurred (RequestTimeout) when calling the PutObject operation",
    "socket": f"{JVM}java.net.SocketTimeoutException: Read timed out{STACK}",
    "throttled": "An error occurred (ThrottlingException) when calling the GetTable operation",
    "old credentials": f"{JVM}S3Exception: The provided token has expired. (Service: S3, Status "
    "Code: 403): ExpiredToken",
    "a clock": f"{JVM}S3Exception: The difference is too large. (Status Code: 403): "
    "RequestTimeTooSkewed",
    "another thing that is not found": "An error occurred (ResourceNotFoundException): no table",
    "a plain fault": "division by zero",
}


@pytest.mark.parametrize("kind", FOR_GOOD)
def test_a_refusal_is_told_in_the_services_words_and_is_final(kind):
    text, words = FOR_GOOD[kind]
    error = RuntimeError(text)

    assert words in explain(error)
    assert "\tat " not in explain(error)
    assert not is_retryable(error)


@pytest.mark.parametrize("kind", FOR_NOW)
def test_what_passes_is_tried_again(kind):
    error = RuntimeError(FOR_NOW[kind])

    assert refusal(error) is None
    assert is_retryable(error)


def test_words_that_a_frame_of_the_jvm_hides_are_found():
    class CapturedError(Exception):  # as PySpark's own keep what the JVM threw
        _stackTrace = f"java.lang.X: y{STACK}\nCaused by: a.b.C: {GLUE}{DETAILS}"  # noqa: N815

    assert describe(CapturedError("[UNKNOWN] cannot load")) == GLUE


def test_what_the_job_itself_raises_because_of_a_refusal_is_final_too():
    def job():
        try:
            raise RuntimeError(GLUE)
        except RuntimeError as error:
            raise ValueError("no rates today") from error

    with pytest.raises(ValueError, match="no rates") as raised:
        job()

    assert not is_retryable(raised.value)
    assert describe(raised.value) == GLUE


def test_a_refusal_that_the_job_has_dealt_with_is_not_blamed():
    def job():
        try:
            raise RuntimeError(GLUE)
        except RuntimeError:
            raise ValueError("no rates today") from None

    with pytest.raises(ValueError, match="no rates") as raised:
        job()

    assert is_retryable(raised.value)
    assert describe(raised.value) == "no rates today"
