"""What the laptop cloud's own parts see of it is what a caller over a socket sees."""

import io
import threading

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from sparklaptop.clients import Clients

ROLE = "arn:aws:iam::111122223333:role/job"


def application(environ, start_response):
    """Answers with what it was asked, by whom."""
    if environ["PATH_INFO"] == "/gone":
        raise ConnectionAbortedError("a fault on purpose")
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("not meant to happen")
    body = environ["wsgi.input"].read()
    signed = environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split("/")[0]
    start_response(
        "200 OK",
        [("x-amz-meta-caller", signed), ("x-amz-meta-path", environ["PATH_INFO"].lstrip("/"))],
    )
    return [body or b"nothing was sent"]


def reaching(application):
    """Clients of an application; nobody listens at the address."""
    made = Clients("http://127.0.0.1:1", "eu-central-1")
    made.answer_with(application)
    return made


@pytest.fixture
def clients():
    return reaching(application)


def test_a_call_needs_no_socket(clients):
    found = clients.get("s3").get_object(Bucket="b", Key="a key/ü")

    assert found["Body"].read() == b"nothing was sent"
    assert found["Metadata"]["path"] == "b/a key/ü".encode().decode("latin-1")


@pytest.mark.parametrize("body", [b"bytes", io.BytesIO(b"bytes")])
def test_what_is_sent_arrives(body):
    seen = []

    def keep(environ, start_response):
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    reaching(keep).get("s3").put_object(Bucket="b", Key="k", Body=body)

    assert seen == [b"bytes"]


def test_a_head_has_a_length_and_no_body():
    def sized(_environ, start_response):
        start_response("200 OK", [("Content-Length", "366")])
        return []

    assert reaching(sized).get("s3").head_object(Bucket="b", Key="k")["ContentLength"] == 366


def test_each_caller_signs_with_a_key_of_its_own(clients):
    sessions = [f"run{number}" for number in range(8)]
    found = {}

    def ask(session):
        client = clients.get("s3", role=ROLE, session=session)
        for _ in range(20):
            answer = client.get_object(Bucket="b", Key="k")
            found.setdefault(session, set()).add(answer["Metadata"]["caller"])

    threads = [threading.Thread(target=ask, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    person = clients.get("s3").get_object(Bucket="b", Key="k")["Metadata"]["caller"]

    assert all(len(keys) == 1 for keys in found.values())
    assert len({next(iter(keys)) for keys in found.values()} | {person}) == len(sessions) + 1


def test_a_page_after_the_first_is_asked_for_by_the_same_caller():
    def listed(environ, start_response):
        callers.append(environ["HTTP_AUTHORIZATION"].split("Credential=")[1].split("/")[0])
        more = "false" if "continuation-token" in environ["QUERY_STRING"] else "true"
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [
            f"<ListBucketResult><IsTruncated>{more}</IsTruncated><NextContinuationToken>n"
            "</NextContinuationToken></ListBucketResult>".encode()
        ]

    callers = []
    client = reaching(listed).get("s3", role=ROLE, session="run")
    pages = list(client.get_paginator("list_objects_v2").paginate(Bucket="b"))

    assert len(pages) == 2
    assert callers[0] == callers[1] != "laptop"


def test_who_is_hung_up_on_hears_of_a_closed_connection(clients):
    with pytest.raises(ConnectionClosedError):
        clients.get("s3").list_objects_v2(Bucket="gone")


def test_an_error_of_the_server_is_one(clients):
    with pytest.raises(ClientError) as caught:
        clients.get("s3").list_objects_v2(Bucket="broken")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
