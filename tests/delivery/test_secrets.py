"""Secrets by reference, of this machine and of the two stores of AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from icwatch.delivery.secrets import SecretError, Secrets
from icwatch_cli.local.stack import client
from tests.conftest import Cloud


@pytest.fixture
def stores(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The two stores of the local cloud, to which this process's clients are led."""
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    return {service: client(service, cloud.endpoint) for service in ("ssm", "secretsmanager")}


def test_a_parameter_is_decrypted(stores: dict[str, Any]) -> None:
    stores["ssm"].put_parameter(Name="/icwatch/url", Value="https://robot/1", Type="SecureString", Overwrite=True)
    assert Secrets().read("ssm:/icwatch/url") == "https://robot/1"


def test_a_secret_is_read(stores: dict[str, Any]) -> None:
    stores["secretsmanager"].create_secret(Name="icwatch/url", SecretString="https://robot/2\n")
    assert Secrets().read("secretsmanager:icwatch/url") == "https://robot/2"


def test_a_value_is_remembered(stores: dict[str, Any]) -> None:
    secrets = Secrets()
    stores["ssm"].put_parameter(Name="/icwatch/kept", Value="old", Type="String", Overwrite=True)
    assert secrets.read("ssm:/icwatch/kept") == "old"
    stores["ssm"].put_parameter(Name="/icwatch/kept", Value="new", Type="String", Overwrite=True)
    assert secrets.read("ssm:/icwatch/kept") == "old"
    assert Secrets().read("ssm:/icwatch/kept") == "new"


@pytest.mark.parametrize("reference", ["ssm:/icwatch/none", "secretsmanager:icwatch/none"])
def test_what_is_not_there_is_named(stores: dict[str, Any], reference: str) -> None:
    with pytest.raises(SecretError, match=f"{reference} cannot be read: .*NotFound"):
        Secrets().read(reference)


def test_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = Secrets(local=True)
    (tmp_path / "url").write_text("  https://robot/3\n", encoding="utf-8")
    monkeypatch.setenv("ROBOT_URL", "https://robot/4")
    assert secrets.read(f"file:{tmp_path}/url") == "https://robot/3"
    assert secrets.read("env:ROBOT_URL") == "https://robot/4"


@pytest.mark.parametrize("reference", ["env:HOME", "file:/etc/hostname"])
def test_a_function_reads_nothing_of_its_machine(reference: str) -> None:
    with pytest.raises(SecretError, match="for `icwatch run` only"):
        Secrets().read(reference)


@pytest.mark.parametrize(
    "text", ["https://oapi.dingtalk.com/robot/send?access_token=ab12", "SECab12", "", "ssm:", ":x"]
)
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SecretError) as refused:
        Secrets(local=True).read(text)
    assert "ab12" not in str(refused.value)
    assert "ssm:NAME" in str(refused.value)


@pytest.mark.parametrize(("reference", "problem"), [("env:ICWATCH_NONE", "is not set"), ("file:/none", "No such file")])
def test_what_this_machine_does_not_have_is_named(reference: str, problem: str) -> None:
    with pytest.raises(SecretError, match=problem):
        Secrets(local=True).read(reference)


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(" \n", encoding="utf-8")
    with pytest.raises(SecretError, match="is empty"):
        Secrets(local=True).read(f"file:{tmp_path}/url")
