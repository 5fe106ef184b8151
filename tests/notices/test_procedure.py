"""What to do: the steps for every cause and language."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from icwatch.model import (
    Cause,
    Failure,
    Language,
)
from icwatch.notices.locales import LOCALES
from icwatch.notices.steps import Step
from tests.notices.support import RAISED, RULE
from tests.writing import write

FIRST_STEPS = {
    Cause.CONNECTION_REFUSED: Step.PROCESS,
    Cause.HTTP_STATUS: Step.LOG,
    Cause.RESET: Step.LOG,
    Cause.BAD_RESPONSE: Step.LOG,
    Cause.READ_TIMEOUT: Step.LOG,
    Cause.TLS: Step.LOG,
    Cause.CONNECT_TIMEOUT: Step.HOST,
    Cause.HOST_UNREACHABLE: Step.HOST,
    Cause.NO_ROUTE: Step.NETWORK,
    Cause.DNS: Step.NETWORK,
}

COMMANDS = {
    Step.PROCESS: ["ps -ef|grep ic-server", "supervisord restart ic-server"],
    Step.LOG: ['grep -r "error" ~/logs/ic-server/server.log'],
    Step.HOST: [],
    Step.NETWORK: [
        "ethtool ethX",
        "ifconfig; ethtool -i ethX; lspci; lsmod",
        "cat /etc/sysconfig/network-scripts/ifcfg-ethX",
        "route -n",
        "service network restart",
    ],
    Step.SUPPORT: [],
}
"""As OCP's documentation has them."""


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("language", Language)
def test_every_cause_has_its_words_and_its_procedure(cause: Cause, language: Language) -> None:
    """The step that fits comes first, the others follow in OCP's order, each once, its commands ready to paste."""
    words = LOCALES[language]
    notice = write(replace(RAISED, failure=Failure(cause)), RULE, language)
    name, meaning = words.causes[cause]
    assert name in notice.subject
    assert name in notice.text
    assert meaning in notice.text
    order = [FIRST_STEPS[cause], *(step for step in Step if step is not FIRST_STEPS[cause])]
    handling = notice.text.split(words.heading.format(title=words.handling))[1].split("\n\n")
    lines = [line for paragraph in handling[:2] for line in paragraph.splitlines()]
    numbered = [line for line in lines if re.match(r"[0-9]\. ", line)]
    assert numbered == [f"{n}. {words.steps[step].splitlines()[0]}" for n, step in enumerate(order, 1)]
    assert lines.index(numbered[0]) == 2, "after the heading and where to start"
    commands = [line.strip() for line in lines if line.startswith(" " * 4)]
    assert commands == [command for step in order for command in COMMANDS[step]]
    steps = json.loads(notice.messages["https"])["content"]["nextSteps"]
    assert [re.findall("`([^`]*)`", step) for step in steps] == [COMMANDS[step] for step in order]
    assert json.loads(notice.body)["first_step"] == FIRST_STEPS[cause]
