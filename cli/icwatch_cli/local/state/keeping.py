"""What a run has to do so that its state is kept: all that `LocalCloud` needs to know of it."""

from __future__ import annotations

from typing import Self

from icwatch_cli.local.state.client import StateClient
from icwatch_cli.local.state.directory import StateDirectory
from icwatch_cli.local.state.log import watch
from icwatch_cli.local.state.shown import Shown
from icwatch_cli.local.supervision import Guard, Part


class Keeping:
    """A context. `shown` are the notices that were shown; `progress` is to be told how far each stream is."""

    def __init__(self, state: StateDirectory, endpoint: str, guard: Guard) -> None:
        """Raises OSError where the directory cannot be used."""
        self._state, self._guard = state, guard
        self._keeper = StateClient(endpoint, guard.report)
        self.shown = Shown(state.shown)
        self.progress = guard.around("keeping how far a stream is", self._keeper.done)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.shown.close()

    def restore(self) -> tuple[Part, ...]:
        """Let the backend have what is kept. To be called once all tables and queues are there, and before anything
        reads them; the parts that then have to work are returned. Raises LocalCloudError, OSError.
        """
        self._keeper.restore()
        return (
            Part("what is kept", self._keeper.watch, self._guard.report),
            Part("the log", lambda stopping: watch(self._state.log, stopping), self._guard.report),
        )
