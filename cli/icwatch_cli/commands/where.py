"""Which deployed system a command is about: a stack by its name, or what `icwatch run` runs on this machine."""

from __future__ import annotations

import argparse
import os

from icwatch_cli.deployed.account import Account
from icwatch_cli.deployed.stack import Stack, StackError
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.running import find
from icwatch_cli.local.stack import STACK


def stack_of(arguments: argparse.Namespace) -> Stack:
    """The stack that is meant. Raises StackError where nothing runs here.

    With `--local`, this process asks the local cloud from then on, with the credentials that it has for itself.
    """
    if not arguments.local:
        return Stack(arguments.stack, Account(arguments.region, arguments.profile))
    if arguments.region or arguments.profile:
        option = "--region" if arguments.region else "--profile"
        raise StackError(f"{option}: is about AWS, and --local is not; leave one of them out")
    found = find()
    if found is None:
        raise StackError("--local: icwatch run is not running on this machine; start it, or name a --stack")
    environment = {**private_environment(), "AWS_ENDPOINT_URL": found.endpoint}
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    return Stack(STACK, local=True)
