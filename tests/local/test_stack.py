"""The local stack: what the template says is what the local cloud works with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from icwatch.model import Language
from icwatch.settings import EvaluatorSettings, NotifierSettings, ProberSettings
from local.backend import Backend
from local.errors import LocalCloudError
from local.stack import Stack, create, translate
from tests.conftest import running_backend
from tests.servers import OK, Servers, answer


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The template's stack on a backend of its own."""
    with running_backend() as backend:
        yield create(backend.endpoint, translate(), {"Language": Language.ZH_CN})


def test_functions_are_configured_as_the_template_says(stack: Stack) -> None:
    environments = {name: function.environment for name, function in stack.functions.items()}
    assert ProberSettings.from_env(environments["ProberFunction"]).samples_table == stack.outputs["SamplesTable"]
    assert EvaluatorSettings.from_env(environments["EvaluatorFunction"]).alarms_table == stack.outputs["AlarmsTable"]
    notifier = NotifierSettings.from_env(environments["NotifierFunction"])
    assert (notifier.alarm_topic_arn, notifier.language) == (stack.outputs["AlarmTopicArn"], Language.ZH_CN)


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
