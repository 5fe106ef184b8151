"""The local stack: what the template says is what the local cloud works with."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator

import pytest
from samtranslator.yaml_helper import yaml_parse

from icwatch.model import Language
from icwatch.settings import EvaluatorSettings, NotifierSettings, ProberSettings
from icwatch_cli.local.backend import REGION, Backend
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.host import this_machine
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.stack import STACK, Stack, create
from icwatch_cli.local.translation import translate
from tests.conftest import running_backend
from tests.servers import OK, Servers, answer


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The template's stack on a backend of its own."""
    with running_backend() as backend:
        yield create(backend.endpoint, translate(), {"Language": Language.ZH_TW, "ProbedFrom": "rack 7"})


def test_functions_are_configured_as_the_template_says(stack: Stack) -> None:
    environments = {name: function.environment for name, function in stack.functions.items()}
    prober = ProberSettings.from_env(environments["ProberFunction"])
    assert (prober.samples_table, prober.probed_from) == (stack.outputs["SamplesTable"], "rack 7")
    assert EvaluatorSettings.from_env(environments["EvaluatorFunction"]).alarms_table == stack.outputs["AlarmsTable"]
    notifier = NotifierSettings.from_env(environments["NotifierFunction"])
    assert (notifier.alarm_topic_arn, notifier.language) == (stack.outputs["AlarmTopicArn"], Language.ZH_TW)


def test_a_place_without_a_name_is_called_by_the_stack_s_and_the_region() -> None:
    with running_backend() as backend:
        functions = create(backend.endpoint, translate(), {}).functions
    prober = ProberSettings.from_env(functions["ProberFunction"].environment)
    assert prober.probed_from == f"{STACK} ({REGION})"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("rack-7.example.com", "rack-7.example.com"),
        ("", "this machine"),
        ("机架", "this machine"),
        (" Li\u4e3d's\tMac\n", "Li'sMac"),
        ("a" * 99 + " " + "b" * 99, "a" * 99),
    ],
)
def test_this_machine_has_a_name_that_the_template_takes(host: str, name: str) -> None:
    assert this_machine(host) == name
    parameter = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]["ProbedFrom"]
    assert re.fullmatch(parameter["AllowedPattern"], name)


def test_mappings_are_read_back_with_their_limits(stack: Stack) -> None:
    mappings = dict(stack.mappings)
    assert mappings.keys() == {"EvaluatorFunction", "NotifierFunction"}
    assert stack.outputs["SamplesTable"] in mappings["EvaluatorFunction"].stream_arn
    assert stack.outputs["TransitionsTable"] in mappings["NotifierFunction"].stream_arn
    for mapping in mappings.values():
        assert mapping.bisect
        assert mapping.partial
        assert mapping.destination_arn
        assert mapping.patterns == ({"eventName": ["INSERT"]},)


def test_a_taken_port_is_named() -> None:
    with Servers() as servers, tempfile.TemporaryFile() as log:
        port = servers.serve(answer(OK))
        with pytest.raises(LocalCloudError, match=rf"port {port} on 127\.0\.0\.1 is taken .* choose another"):
            Backend.start(log, port)
