"""Secrets by reference: a robot's address or a heartbeat's is in no fleet file and no variable, only where it is kept.

    ssm:/icwatch/dba-url              a parameter of Systems Manager, best a SecureString
    secretsmanager:icwatch/dba-url    a secret of Secrets Manager
    env:DBA_URL, file:/path           of this machine: for `icwatch run` only, a function refuses them

A value is remembered for some minutes (Powertools' parameters utility), so that a rotated one is used soon.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.config import Config

from icwatch.errors import IcwatchError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

MAX_AGE_SECONDS = 300
"""How long a value is used before it is read again."""

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
"""Of the clients: a store that hangs must leave the invocation the time for its work."""

LOCAL = ("env", "file")
STORES = ("ssm", "secretsmanager")


class SecretError(IcwatchError):
    """A secret that cannot be read. Names the reference, never the value."""


class Secrets:
    """Reads secrets by their references. `local` allows those of this machine as well.

    A failure is a SecretError whose `permanent` says whether only a person can help: the name or the permission is
    wrong, and not the network.
    """

    def __init__(self, *, local: bool = False) -> None:
        self._local = local
        self._ssm: SSMProvider | None = None
        self._manager: SecretsProvider | None = None

    def read(self, reference: str) -> str:
        """The secret, without white space around it. Raises SecretError."""
        store, colon, name = reference.partition(":")
        if not colon or store not in (*STORES, *LOCAL) or not name:
            # The text itself is not repeated: somebody may have written the secret out.
            raise SecretError(f"a secret is referred to by one of {', '.join(f'{each}:NAME' for each in STORES)}")
        if store in LOCAL and not self._local:
            raise SecretError(f"{reference}: it is of one machine, for `icwatch run` only; write ssm:NAME")
        try:
            value = {"ssm": self._parameter, "secretsmanager": self._secret, "env": _variable, "file": _file}[store](
                name
            )
        except Exception as error:
            raise SecretError(f"{reference} cannot be read: {type(error).__name__}: {error}") from error
        if not value.strip():
            raise SecretError(f"{reference} is empty")
        return value.strip()

    def _parameter(self, name: str) -> str:
        if self._ssm is None:
            # Here, because a function whose secrets are elsewhere, or that has none, does not pay for it.
            from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415

            self._ssm = SSMProvider(boto_config=CONFIG)
        return str(self._ssm.get(name, max_age=MAX_AGE_SECONDS, decrypt=True))

    def _secret(self, name: str) -> str:
        if self._manager is None:
            from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415

            self._manager = SecretsProvider(boto_config=CONFIG)
        return str(self._manager.get(name, max_age=MAX_AGE_SECONDS))


def _variable(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise LookupError(f"the variable {name} is not set") from None


def _file(path: str) -> str:
    return Path(path).expanduser().read_text(encoding="utf-8")
