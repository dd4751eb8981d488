"""Whose signature it is; what is wrong with one that is not good."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from kafka_clients import Token

from sparklaptop.kafka import certificates, permissions, signatures
from sparklaptop.kafka.signatures import NotSignedError

CLUSTER = "arn:aws:kafka:eu-west-1:1:cluster/orders/12-s1"


def payload(token):
    """The same signature as the message of AWS_MSK_IAM."""
    url = urlsplit(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    said = {name.lower(): value for name, value in parse_qsl(url.query)}
    return {**said, "host": url.netloc, "version": "2020_10_22"}


@pytest.mark.parametrize("form", ["token", "payload"])
def test_both_forms_of_a_good_signature_are_read(form):
    token = Token("AKIDME", "laptop").token()
    read = signatures.of_token(token) if form == "token" else signatures.of_payload(payload(token))

    assert read.access_key == "AKIDME"
    assert read.until - read.since == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x-amz-signature": "0"}, r"\[AKIDME\]: Access denied \(signature\)"),
        ({"x-amz-expires": "9"}, r"Access denied \(signature\)"),
        ({"action": "kafka-cluster:ReadData"}, "not a signed kafka-cluster:Connect"),
        ({"x-amz-credential": "AKIDME"}, "not a signed kafka-cluster:Connect"),
    ],
)
def test_a_changed_message_is_refused(change, says):
    with pytest.raises(NotSignedError, match=says):
        signatures.of_payload({**payload(Token("AKIDME", "laptop").token()), **change})


@pytest.mark.parametrize("minutes", [-10, 20])
def test_a_signature_is_good_for_its_time_alone(minutes):
    token = Token("AKIDME", "laptop").token()

    with pytest.raises(NotSignedError, match="good until"):
        signatures.of_token(token, now=datetime.now(UTC) + timedelta(minutes=minutes))


def test_a_token_that_is_none_is_refused():
    with pytest.raises(NotSignedError):
        signatures.of_token("what?")


@pytest.mark.parametrize(
    ("kind", "name", "operation", "action", "resource"),
    [
        ("TOPIC", "sales", "READ", "ReadData", ":topic/orders/12-s1/sales"),
        ("GROUP", "sales-1", "READ", "AlterGroup", ":group/orders/12-s1/sales-1"),
        ("CLUSTER", "x", "IDEMPOTENT_WRITE", "WriteDataIdempotently", ":cluster/orders/12-s1"),
        ("TRANSACTIONAL_ID", "t", "WRITE", "AlterTransactionalId",
         ":transactional-id/orders/12-s1/t"),
    ],
)  # fmt: skip
def test_a_request_needs_an_action_of_iam(kind, name, operation, action, resource):
    need = permissions.need(CLUSTER, kind=kind, name=name, operation=operation)

    assert need.action == f"kafka-cluster:{action}"
    assert need.resource == f"arn:aws:kafka:eu-west-1:1{resource}"


def test_what_iam_has_no_action_for_nobody_may():
    assert permissions.need(CLUSTER, kind="CLUSTER", name="x", operation="CREATE") is None


def test_a_jvm_trusts_the_brokers_once_there_are_some(tmp_path):
    stores = certificates.stores(tmp_path)
    assert stores.jvm_flags() == ()

    stores.make()
    before = stores.certificate.read_bytes()
    stores.make()

    assert stores.certificate.read_bytes() == before
    assert stores.trust_store.stat().st_mode & 0o077 == 0
    assert stores.jvm_flags()[0] == f"-Djavax.net.ssl.trustStore={stores.trust_store}"
