"""Spark of line 3.5 can rename encrypted files, although the laptop cloud speaks plain HTTP."""

import boto3
import pytest
from botocore.config import Config
from laptop_assemblies import REGION

S3A_OF_3_5 = "Hadoop 3.3.4, aws-sdk-java/1.12.262 Linux OpenJDK"
S3A_OF_4_1 = "Hadoop 3.4.2, aws-sdk-java/2.29.52 Linux OpenJDK"


@pytest.fixture(scope="module")
def encrypted(client):
    """A bucket with a key of its own, and a file in it."""
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    }
    s3 = client("s3")
    place = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="encrypted", CreateBucketConfiguration=place)
    s3.put_bucket_encryption(
        Bucket="encrypted", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    s3.put_object(Bucket="encrypted", Key="offsets/.0.tmp", Body=b"0")
    return key


@pytest.fixture
def head(laptop, encrypted):
    """Ask for the file's properties as a client that calls itself so."""

    def ask(user_agent):
        s3 = boto3.client(
            "s3",
            endpoint_url=laptop.status().endpoint,
            region_name=REGION,
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",
            config=Config(user_agent=user_agent, s3={"addressing_style": "path"}),
        )
        return s3.head_object(Bucket="encrypted", Key="offsets/.0.tmp")

    return ask


def test_the_client_that_would_insist_on_https_is_not_told_the_key(head):
    assert "SSEKMSKeyId" not in head(S3A_OF_3_5)
    assert head(S3A_OF_3_5)["ServerSideEncryption"] == "aws:kms"


def test_every_other_client_is_told_the_key(head, encrypted):
    assert head(S3A_OF_4_1)["SSEKMSKeyId"] == encrypted


def test_a_copy_gets_the_key_of_its_bucket(client, encrypted):
    s3 = client("s3")

    s3.copy_object(
        Bucket="encrypted",
        Key="offsets/0",
        CopySource={"Bucket": "encrypted", "Key": "offsets/.0.tmp"},
    )

    assert s3.head_object(Bucket="encrypted", Key="offsets/0")["SSEKMSKeyId"] == encrypted
