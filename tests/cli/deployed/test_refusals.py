"""What goes wrong with AWS, in one sentence that says what to do."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError
from botocore.parsers import ResponseParserError

from icwatch_cli.deployed.account import ONCE, soon
from icwatch_cli.deployed.refusals import in_words
from icwatch_cli.deployed.unanswered import Asked
from icwatch_cli.local.running import Running
from icwatch_cli.main import main

ASKED = Asked("icwatch", "us-east-1", "ops", ("us-east-1", "cn-north-1"), ("ops", "audit"))
CLOUDFORMATION = "https://cloudformation.us-east-1.amazonaws.com/"
HERE = "http://127.0.0.1:20000/"
NOT_ALLOWED = (
    "User: arn:aws:iam::123456789012:user/li is not authorized to perform: dynamodb:GetItem on resource: "
    "arn:aws:dynamodb:us-east-1:123456789012:table/icwatch-Inventory because no identity-based policy allows it"
)
ASK = "ask for this permission, or name another --profile"


def refusal(code: str, message: str = "", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeStacks")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (exceptions.NoRegionError(), "no AWS region is named; add --region, such as --region ap-southeast-1, or set"),
        (exceptions.InvalidRegionError(region_name="us-east-1"), "us-east-1: is no AWS region; write one such as"),
        (exceptions.NoCredentialsError(), "no AWS credentials were found; sign in with aws configure or aws sso login"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "the AWS credentials ar",
        ),
        (exceptions.ProfileNotFound(profile="opps"), "there is no AWS profile opps; did you mean ops?"),
        (exceptions.ProfileNotFound(profile="x"), "there is no AWS profile x; there are ops, audit"),
        (exceptions.ConfigParseError(path="/h/.aws/config"), "/h/.aws/config: cannot be read as AWS settings; mend it"),
        (
            exceptions.CredentialRetrievalError(provider="p", error_msg="a\nb"),
            "the AWS credentials cannot be had: a\\nb",
        ),
        (
            exceptions.CredentialRetrievalError(provider="custom-process", error_msg=""),
            "the AWS credentials cannot be had: custom-process has failed; mend the profile, or",
        ),
        (
            exceptions.InvalidConfigError(error_msg="Invalid endpoint: x."),
            "the AWS settings cannot be used: Invalid endpoint: x; mend them, or name another --profile",
        ),
        (ResponseParserError("no XML"), "what answers is not AWS; check the network, a proxy (HTTPS_PROXY) and AWS_EN"),
        (exceptions.UnauthorizedSSOTokenError(), "the AWS session has expired; sign in again, such as with aws sso lo"),
        (
            exceptions.SSOTokenLoadError(error_msg="gone"),
            "the AWS session has expired; sign in again, such as with aws",
        ),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="x"), "the AWS session has expired; sign in again"),
        (
            exceptions.EndpointConnectionError(endpoint_url=CLOUDFORMATION),
            "AWS does not answer at cloudformation.us-eas",
        ),
        (
            exceptions.ConnectTimeoutError(endpoint_url=CLOUDFORMATION),
            "AWS does not answer at cloudformation.us-east-1.",
        ),
        (exceptions.ReadTimeoutError(endpoint_url=CLOUDFORMATION), "AWS does not answer at cloudformation.us-east-1."),
        (
            exceptions.ProxyConnectionError(proxy_url="http://me:word@proxy:3128"),
            "the proxy proxy cannot be reached; set",
        ),
        (
            exceptions.SSLError(endpoint_url=CLOUDFORMATION, error=OSError("x")),
            "the certificate of cloudformation.us-east-1.amaz",
        ),
        (exceptions.EndpointConnectionError(endpoint_url=HERE), "icwatch run has ended; start it again"),
        (exceptions.ConnectionClosedError(endpoint_url=HERE), "icwatch run has ended; start it again"),
        (
            exceptions.ReadTimeoutError(endpoint_url=HERE),
            "icwatch run does not answer; see what it says, or start it ag",
        ),
        (exceptions.ParamValidationError(report="wrong"), "AWS cannot be asked: Parameter validation failed:\\nwrong"),
        (
            refusal("ValidationError", "Stack with id icwatch does not exist"),
            "there is no stack icwatch in us-east-1 with profile ops; name another --stack, --region or --profile",
        ),
        (
            refusal("ValidationError", "1 validation error detected: Value 'a b' at 'stackName' failed to satisfy"),
            "--stack icwatch: is no name of a stack; write one such as icwatch",
        ),
        (
            refusal("ExpiredToken", status=403),
            "the AWS session has expired; sign in again, such as with aws sso login --pr",
        ),
        (refusal("ExpiredTokenException"), "the AWS session has expired; sign in again"),
        (
            refusal("InvalidClientTokenId", status=403),
            "AWS does not know these credentials (InvalidClientTokenId): they",
        ),
        (
            refusal("UnrecognizedClientException"),
            "AWS does not know these credentials (UnrecognizedClientException): the",
        ),
        (
            refusal("SignatureDoesNotMatch", "Signature expired: 2026"),
            "AWS refuses the clock of this machine; set it ri",
        ),
        (
            refusal("SignatureDoesNotMatch", "calculated"),
            "AWS does not know these credentials (SignatureDoesNotMatch):",
        ),
        (
            refusal("AccessDeniedException", NOT_ALLOWED),
            "AWS does not allow dynamodb:GetItem on arn:aws:dynamodb:us-east-1:123456789012:table/icwatch-Inventory "
            f"for arn:aws:iam::123456789012:user/li; {ASK}",
        ),
        (
            refusal("AccessDenied", "with an explicit deny"),
            f"AWS does not allow DescribeStacks (an explicit deny); {ASK}",
        ),
        (
            refusal("Throttling", "Rate exceeded"),
            "AWS has too many calls at once (DescribeStacks: Throttling); try again",
        ),
        (
            refusal("ResourceNotFoundException"),
            "a part of the stack is gone (DescribeStacks: ResourceNotFoundException);",
        ),
        (
            refusal("InternalFailure", status=500),
            "AWS itself has a problem (DescribeStacks: InternalFailure); try again",
        ),
        (refusal("Odd", "one\ntwo"), "AWS refused DescribeStacks: one\\ntwo (Odd)"),
    ],
)
def test_one_sentence_says_what_to_do(error: BotoCoreError | ClientError | ResponseParserError, sentence: str) -> None:
    told = in_words(error, ASKED)
    assert told.startswith(sentence)
    assert told.isprintable()
    assert "word" not in told


def test_a_region_that_is_none() -> None:
    error = exceptions.EndpointConnectionError(endpoint_url="https://cloudformation.us-esat-1.amazonaws.com/")
    told = in_words(error, Asked(region="us-esat-1", regions=ASKED.regions))
    assert told == "there is no AWS region us-esat-1; did you mean us-east-1?"


def test_whoever_never_answers_is_not_waited_for() -> None:
    assert soon(lambda: 1, HERE) == 1
    with pytest.raises(ZeroDivisionError):
        soon(lambda: 1 // 0, HERE)
    never = threading.Event()
    with pytest.raises(ConnectTimeoutError):
        soon(never.wait, HERE, 0.01)
    never.set()


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine without AWS settings; its file of them is the path."""
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with patch.dict(os.environ):  # with --local, a command changes it
        yield config


def test_every_command_says_the_same_of_a_machine_without_settings(
    nobody: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("targets: [192.168.0.1]\n")
    for command in (["alarms"], ["history"], ["page"], ["redrive"], ["robot", "list"], ["apply", str(fleet)]):
        assert main([*command, "--stack", "icwatch"]) == 2
        assert "no AWS region is named; add --region" in capsys.readouterr().err
    assert main(["alarms", "--stack", "icwatch", "--region", "us-east-1"]) == 2
    assert capsys.readouterr().err.startswith("no AWS credentials were found; ")
    nobody.write_text("[profile ops]\nregion = us-east-1\n")
    assert main(["alarms", "--stack", "icwatch", "--profile", "opps"]) == 2
    assert capsys.readouterr().err == "there is no AWS profile opps; did you mean ops?\n"
    monkeypatch.setenv("AWS_REGION", "not a region")
    assert main(["alarms", "--stack", "icwatch"]) == 2
    assert capsys.readouterr().err.startswith("not a region: is no AWS region; ")


@pytest.mark.parametrize(
    ("program", "why"),
    [("echo no-json", "Expecting value: line 1"), ("no-such-program", "No such file"), ("false", "custom-process has")],
)
def test_a_program_for_credentials_that_gives_none(
    nobody: Path, program: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody.write_text(f"[profile ops]\nregion = us-east-1\ncredential_process = {program}\n")
    assert main(["alarms", "--stack", "icwatch", "--profile", "ops"]) == 2
    said = capsys.readouterr().err
    assert re.match(r"the AWS (settings cannot be used|credentials cannot be had): ", said)
    assert why in said
    assert said.count("\n") == 1


class Expired(BaseHTTPRequestHandler):
    """CloudFormation, to whom no session is new enough; or a proxy in its place, with a page of its own."""

    def do_POST(self) -> None:
        error = "<Error><Code>ExpiredToken</Code><Message>The security token included is expired</Message></Error>"
        body = f"<ErrorResponse>{error}</ErrorResponse>".encode()
        greets = self.path.startswith("/proxy")
        if greets:
            body = b"Please sign in."
        self.send_response(200 if greets else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def endpoint(nobody: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Expired) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, value in {"REGION": "us-east-1", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_session_that_is_over(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert main(["alarms", "--stack", "icwatch"]) == 2
    assert capsys.readouterr().err == "the AWS session has expired; sign in again, such as with aws sso login\n"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("{}/proxy", "what answers is not AWS; check the network, a proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL\n"),
        (
            "nowhere",
            "the AWS settings cannot be used: Invalid endpoint: nowhere; mend them, or name another --profile\n",
        ),
    ],
)
def test_what_answers_in_place_of_aws(
    endpoint: str, address: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address.format(endpoint))
    assert main(["alarms", "--stack", "icwatch"]) == 2
    assert capsys.readouterr().err == sentence


def test_a_run_that_ended_meanwhile(
    nobody: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("icwatch_cli.commands.where.find", lambda: None)
    assert main(["alarms", "--local"]) == 2
    assert capsys.readouterr().err.startswith("--local: icwatch run is not running on this machine; ")
    assert main(["alarms", "--local", "--region", "us-east-1"]) == 2
    assert capsys.readouterr().err == "--region: is about AWS, and --local is not; leave one of them out\n"
    with socket.socket() as taken:  # and nobody listens at it
        taken.bind(("127.0.0.1", 0))
        running = Running(1, f"http://127.0.0.1:{taken.getsockname()[1]}", "fleet.yaml", "log")
        monkeypatch.setattr("icwatch_cli.commands.where.find", lambda: running)
        monkeypatch.setattr("icwatch_cli.deployed.account.ASK", ONCE)
        assert main(["alarms", "--local"]) == 2
    assert capsys.readouterr().err == "icwatch run has ended; start it again\n"
