"""English."""

from __future__ import annotations

from icwatch_cli.terminal.locales.shape import CommandLocale, InitWords

LOCALE = CommandLocale(
    init=InitWords(
        ask_targets="Which IC-Servers? Addresses with blanks between; the name of a VPC before its own, as in "
        "vpc-1: 10.1.0.1 10.1.0.2",
        ask_language="In which language are people notified? {choices}",
        ask_resend="After how long are they told again while it goes on? Pauses that grow, such as 1m 5m 15m 1h",
        ask_robot="Which chat robot is told as well? {choices}",
        none="none",
        file="Which IC-Servers are watched, and who is told what. Every field: docs/fleet.md",
        language="of notices",
        every="the collection cycle: every IC-Server is asked so often",
        vpc_rule="No IC-Server of the VPC answers: the path to it is the likely cause, and one notice says so.",
        connect_rule="OCP's alarm: an IC-Server cannot be reached. What is not written here is as in OCP.",
        inhibited="while the VPC's alarm stands, those of its servers are kept and not told",
        resend="then told again after so long; the last pause stays",
        robot="Its address and its secret are kept elsewhere, and only referred to: "
        "aws ssm put-parameter --type SecureString --name {name} --value ...",
        robot_local="for icwatch run, env:{variable} instead: what the variable holds when it is started",
        test_file="What the rules of {fleet} decide. A mark a cycle: . good, x bad, _ unseen",
        test_alone="one server is down for a minute: told at once, and its end after five good minutes",
        test_vpc="a whole VPC is down: told once, and so is its end",
        written="{fleet} (targets: {targets}) and {test} (tests: {tests}) are written, and the tests pass",
        next="Next:",
        next_check="what it comes to",
        next_test="what its rules decide",
        next_run="watch it from this machine",
        next_robot="send its robot a test message",
        next_apply="have a deployed stack watch it",
    ),
)
