"""The AWS account that a command asks: region, profile, and how long it waits before it says that nobody answers."""

from __future__ import annotations

import functools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, InvalidConfigError

from icwatch_cli.deployed.unanswered import Asked

ANSWER_SECONDS = 3.5
"""For the first answer of AWS; whoever waits at a terminal for longer thinks that nothing happens."""

SIGN_IN = Config(connect_timeout=1.5, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
"""For all that is asked before the stack is known, such as a role to assume; and what a client's own leaves open."""

ASK = Config(connect_timeout=1.5, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""For what is read and written: the pauses between three attempts come to three seconds at the most."""

ONCE = Config(read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1})
"""For what may take its time, and must not be done twice because its answer was late."""

T = TypeVar("T")


@dataclass(frozen=True)
class Account:
    """The account of a profile, in a region; both as the usual AWS settings say where they are None."""

    region: str | None = None
    profile: str | None = None

    @functools.cached_property
    def session(self) -> boto3.Session:
        """One session for all clients. AWS's other tools know AWS_REGION, and boto3 only AWS_DEFAULT_REGION."""
        core = botocore.session.Session(profile=self.profile)
        core.set_default_client_config(SIGN_IN)
        return boto3.Session(botocore_session=core, region_name=self.region or os.environ.get("AWS_REGION"))

    def client(self, service: str, config: Config = ASK) -> Any:
        """A client of a service. Raises BotoCoreError where the settings are wrong."""
        with _settings():
            return self.session.client(service, config=config)  # type: ignore[call-overload]

    def describe_stack(self, name: str) -> Any:
        """What CloudFormation says of a stack: the first question, which has its answer soon or never.

        Whoever signs in may be asked for a code or wait for a browser, so that has all the time it takes.
        """
        client = self.client("cloudformation")
        with _settings():
            if (credentials := self.session.get_credentials()) is not None:
                credentials.get_frozen_credentials()
        return soon(lambda: client.describe_stacks(StackName=name)["Stacks"][0], client.meta.endpoint_url)

    def asked(self, stack: str) -> Asked:
        """What there is to know of a question about a stack that went wrong, also where the profile is none."""
        core = botocore.session.Session()
        profiles = core.available_profiles
        profile = self.profile or os.environ.get("AWS_PROFILE", "")
        if profile in profiles:
            core.set_config_variable("profile", profile)
        region = self.region or os.environ.get("AWS_REGION") or core.get_config_variable("region") or ""
        partitions = core.get_available_partitions()
        regions = [name for each in partitions for name in core.get_available_regions("cloudformation", each)]
        return Asked(stack, region, profile, regions, profiles)


@contextmanager
def _settings() -> Iterator[None]:
    """Raise InvalidConfigError where boto raises what Python does: of an endpoint or a program that is none."""
    try:
        yield
    except BotoCoreError:
        raise
    except (OSError, ValueError) as error:
        raise InvalidConfigError(error_msg=str(error)) from error


def soon(call: Callable[[], T], endpoint: str, seconds: float = ANSWER_SECONDS) -> T:
    """The result of a call, or what it raises. Raises ConnectTimeoutError where it takes too long.

    No time-out of a socket bounds the look-up of a name, so the call has a thread, which is left behind.
    """
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise ConnectTimeoutError(endpoint_url=endpoint) from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]
