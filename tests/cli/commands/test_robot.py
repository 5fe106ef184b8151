"""What `icwatch robot test --local` needs of the shell that calls it."""

from __future__ import annotations

import pytest

from icwatch.model import Robot, RobotKind
from icwatch_cli.commands.robot import unset
from icwatch_cli.local.chat_group import GROUP


@pytest.mark.parametrize(
    ("url", "environment", "said"),
    [
        ("env:DBA_URL", {"DBA_URL": "https://dba.example"}, None),
        ("ssm:/icwatch/dba-url", {}, None),
        ("env:DBA_URL", {"DBA_URL": ""}, "env:DBA_URL: is not set here"),
        (f"env:{GROUP}", {}, "dba: is the demonstration's own robot"),
    ],
)
def test_what_the_shell_lacks_is_named(url: str, environment: dict[str, str], said: str | None) -> None:
    found = unset(Robot("dba", RobotKind.SLACK, url), environment)
    assert (found or "").startswith(said or "")
    assert (found is None) == (said is None)
