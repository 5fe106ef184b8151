"""A notice as it is published, whatever it reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Attributes = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: a subject line, its forms by the names of SNS's protocols, and what subscribers filter by.

    `at` is the moment of the sweep that it is about. It goes to the alarm topic, or to the operations topic where it is
    about the monitoring itself. One that is for a single robot goes to no topic, and names it in `to_robot`.
    """

    id: str
    subject: str
    messages: Mapping[str, str]
    attributes: Attributes
    at: int
    to_operations: bool = False
    to_robot: str = ""

    @property
    def text(self) -> str:
        """What a person reads in a mail."""
        return self.messages["email"]

    @property
    def sms(self) -> str:
        """What fits into one SMS."""
        return self.messages["sms"]

    @property
    def body(self) -> str:
        """What a program receives."""
        return self.messages["default"]
