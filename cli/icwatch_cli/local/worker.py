"""One function in a process of its own: `python -m icwatch_cli.local.worker FOLDER`, given its work on standard input.

The first line is the function's environment, answered by `ready` once the function is loaded; every further line is an
invocation, answered with one line on the standard output that the process was started with. What the function itself
prints goes to standard error.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from typing import IO, Any

NOT_DEPLOYED = ("awscrt", "click", "OpenSSL", "rich")
"""What boto3 and httpx load where they find it. The command needs it, the deployed layer has none of it: a worker is as
Lambda is, and starts in three quarters of the time."""


class Log(io.TextIOBase):
    """Standard error, where what cannot be written is left out: a full disk must not fail an invocation."""

    problem: str | None = None

    def write(self, text: str) -> int:
        """Write at once. Where that fails, `problem` says why."""
        left = text.encode("utf-8", "backslashreplace")
        try:
            while left:
                left = left[os.write(2, left) :]
        except OSError as error:
            self.problem = error.strerror
        return len(text)


_log = Log()


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    aws_request_id: str
    ends: float

    def get_remaining_time_in_millis(self) -> int:
        """How long the invocation may still take."""
        return max(0, int((self.ends - time.monotonic()) * 1000))


def main() -> None:
    """Serve until standard input closes, as it does when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what ends
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr = _log
    gc.disable()  # what is loaded stays: to look for garbage in it, again and again, is a quarter of the time it takes
    sys.modules.update(dict.fromkeys(NOT_DEPLOYED))  # type: ignore[arg-type]  # None: as if it were not installed
    for name in ("boto3", "httpx", "aws_lambda_powertools"):
        importlib.import_module(name)  # while the stack is still being created
    start = sys.stdin.readline()
    if not start:
        return
    os.environ.update(json.loads(start))
    sys.path.insert(0, sys.argv[1])
    handler = importlib.import_module("app").lambda_handler
    gc.freeze()
    gc.enable()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        _answer(answers, handler, json.loads(line))


def _answer(answers: IO[str], handler: Any, request: dict[str, Any]) -> None:
    context = Context(
        function_name=request["name"],
        memory_limit_in_mb=request["memory"],
        invoked_function_arn=request["arn"],
        aws_request_id=request["id"],
        ends=time.monotonic() + request["timeout"],
    )
    try:
        answer = {"payload": handler(request["event"], context)}
    except Exception as error:
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
    answer["log"] = _log.problem
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
