"""`icwatch targets`: every IC-Server of a stack, how it is and why, and how available it was."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from icwatch_cli.commands.page import reading
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.notes import known_target
from icwatch_cli.deployed.silences import read_labels
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.page.data import PageData
from icwatch_cli.page.fleet import Server, servers_of
from icwatch_cli.page.now import states_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.target_rows import as_json, matching, target_lines, worst_first
from icwatch_cli.terminal.colours import fit, in_style, size
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import speech_of
from icwatch_cli.terminal.times import zone_of


def run(arguments: argparse.Namespace) -> int:
    """List them: exit 0, and 1 where there is none of those that are asked for."""
    words, labels = RowWords(language_of(arguments), zone_of(arguments)), read_labels(arguments.label)
    with aws_errors():
        stack = stack_of(arguments)
        data = reading(stack, speech_of(arguments)).data
    servers = matching(_named(data, arguments.target), labels, arguments.state)
    if arguments.json:
        for server in worst_first(servers):
            say(as_json(server, data.inventory.shards.get(server.name, "")))
    elif servers:
        width, _ = size() or (None, 0)
        for style, line in target_lines(worst_first(servers), words):
            say(in_style(fit(line, width), style))
    else:
        say(words.texts.nothing_happened)
    return 0 if servers else 1


def _named(data: PageData, names: Sequence[str]) -> Sequence[Server]:
    """The targets that are named, or all. Raises NoteError."""
    known = data.inventory.targets
    wanted = [known_target(name, known) for name in names] or [*known]
    return servers_of(data, states_of(data), [*dict.fromkeys(wanted)])
