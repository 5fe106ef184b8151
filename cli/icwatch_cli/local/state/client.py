"""What `icwatch run` asks of the keeper in its backend's process."""

from __future__ import annotations

import contextlib
import http.client
import threading
from http import HTTPStatus
from urllib.parse import urlencode

from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.state.keeper import PREFIX
from icwatch_cli.local.stream import Progress
from icwatch_cli.local.supervision import Report

RESTORE_SECONDS = 600.0
"""For reading all that is kept."""

ANSWER_SECONDS = 30.0

LOOK_SECONDS = 1.0
"""Between two looks at whether what happens is kept."""


class StateClient:
    """The keeper of the backend at this endpoint."""

    def __init__(self, endpoint: str, report: Report) -> None:
        self._address = endpoint.removeprefix("http://")
        self._report = report

    def restore(self) -> None:
        """Let the backend have what is kept, and keep what changes from now on. Raises LocalCloudError, OSError."""
        status, text = self._ask("restore", RESTORE_SECONDS)
        if status != HTTPStatus.OK:
            raise LocalCloudError(text)

    def done(self, progress: Progress) -> None:
        """Say how far a stream is done with. Where that is lost, its records come again. Raises OSError."""
        query = urlencode({"table": progress.table, "sequence": progress.sequence})
        self._ask(f"consumed?{query}", ANSWER_SECONDS)

    def watch(self, stopping: threading.Event) -> None:
        """Report when what happens is not kept, and when it is again, until `stopping` is set."""
        known = ""
        while not stopping.wait(LOOK_SECONDS):
            with contextlib.suppress(OSError):  # whether the backend lives at all is looked at elsewhere
                problem = self._ask("problem", ANSWER_SECONDS)[1]
                if problem and not known:
                    self._report(f"--state: what happens cannot be kept now: {problem}; all else goes on")
                elif known and not problem:
                    self._report("--state: all that happened is kept again")
                known = problem

    def _ask(self, what: str, seconds: float) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._address, timeout=seconds)
        try:
            connection.request("POST", PREFIX + what)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(f"the backend did not answer: {error!r}") from error
        finally:
            connection.close()
