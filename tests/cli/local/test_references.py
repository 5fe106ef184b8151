"""Robots whose address or secret is not on this machine."""

from __future__ import annotations

from pathlib import Path

from icwatch.model import Robot, RobotKind
from icwatch_cli.local.references import out_of_reach


def test_what_is_not_here_is_named_with_what_to_do(tmp_path: Path) -> None:
    kept = tmp_path / "url"
    kept.write_text("https://x.example")
    robots = [
        Robot("here", RobotKind.FEISHU, "env:URL", f"file:{kept}"),
        Robot("cloud", RobotKind.DINGTALK, "ssm:/icwatch/url", "secretsmanager:icwatch/secret"),
        Robot("unset", RobotKind.WECOM, "env:OTHER"),
        Robot("gone", RobotKind.SLACK, f"file:{kept}.old"),
    ]
    said = list(out_of_reach(robots, {"URL": "https://x.example", "OTHER": ""}))
    assert [text.split(":")[0].removesuffix(" is told nothing") for text in said] == [
        "robot cloud",
        "robot cloud",
        "robot unset",
        "robot gone",
    ]
    assert [text.rpartition("; ")[2] for text in said] == [
        "write env:NAME or file:PATH",
        "write env:NAME or file:PATH",
        "export OTHER before icwatch run is started",
        "write where it is kept",
    ]
