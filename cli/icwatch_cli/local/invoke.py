"""`make invoke`: one function in Lambda's container, once, against the local cloud that runs."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from icwatch.errors import IcwatchError
from icwatch_cli.local.container import Engine, Way, processor, variables_of, way_of
from icwatch_cli.local.emulator import SAM, Emulator
from icwatch_cli.local.engine import NONE, find_engine, own_address
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.function import Result
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.invocation import PROBER, Call, Sent, call_of, send
from icwatch_cli.local.relay import Relay

BUILT = ROOT / ".aws-sam" / "build"
SOURCES = (ROOT / "template.yaml", ROOT / "functions", ROOT / "layers")
ATTEMPTS = 5
"""A made sweep that a live one overtook decides nothing, and another is made."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0: it answered and its result is there; 1: it answered with an error, or without a result; 2: no answer."""
    parser = argparse.ArgumentParser(prog="make invoke", description="One function in Lambda's container, once.")
    parser.add_argument("function", help="prober, evaluator or notifier")
    parser.add_argument("--event", type=Path, help="a file with the event (default: one that decides something now)")
    parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
    parsed = parser.parse_args(arguments)
    try:
        call = call_of(parsed.function, parsed.event)
        return show(call, find_engine()) if parsed.dry_run else invoke(call, find_engine())
    except IcwatchError as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"the local cloud does not answer as it should: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def is_stale(built: Path, sources: Sequence[Path]) -> bool:
    """Whether something was changed or added since `sam build`. Bytecode that Python leaves behind does not count."""
    made = built / "template.yaml"
    if not made.exists():
        return True
    return any(path.stat().st_mtime > made.stat().st_mtime for source in sources for path in _files(source))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for each in path.iterdir():
            if each.name != "__pycache__":
                yield from _files(each)
    else:
        yield path


def show(call: Call, engine: Engine | None) -> int:
    """Print what `invoke` would do, step by step."""
    way = None if engine is None else _way(engine)
    sent = send(call)
    print(f"cloud     {call.running.endpoint}, watching {call.running.fleet} (process {call.running.pid})")
    print(f"function  {call.function} for {processor(platform.machine())}")
    print("build     " + ("make build" if is_stale(BUILT, SOURCES) else "not needed"))
    print("engine    " + (NONE if engine is None else engine.name + (", rootless" if engine.rootless else "")))
    print("way       " + ("known when an engine answers" if way is None else _describe(way, call)))
    for name, value in _variables(call, way, "RELAY").items():
        print(f"variable  {name}={value}")
    print("command   SAM_CLI_TELEMETRY=0 " + " ".join(Emulator(BUILT, call.function, "", {}, sam=SAM).command))
    print(f"event     {sent.what}")
    print(f"          {json.dumps(sent.event, ensure_ascii=False)}")
    print(f"result    {sent.result}")
    return 0


def invoke(call: Call, engine: Engine | None) -> int:
    """Build, open the way, start the container, send the event, and say where the result went."""
    if engine is None:
        raise LocalCloudError(NONE)
    build = ["make", "--no-print-directory", "-C", str(ROOT), "build"]
    if is_stale(BUILT, SOURCES) and subprocess.run(build, check=False).returncode != 0:
        raise LocalCloudError("the build failed; see above")
    way = _way(engine)
    with ExitStack() as stack:
        port = ""
        if way.listener is not None:
            port = str(stack.enter_context(Relay(way.listener, int(_port(call)))).port)
        variables = _variables(call, way, port)
        architecture = processor(platform.machine())
        _say("starting the container; the first time its image is fetched, which takes a few minutes")
        emulator = Emulator(BUILT, call.function, architecture, variables, sam=SAM, docker_host=engine.host)
        stack.enter_context(emulator)
        return send_until_it_counts(call, emulator)


def send_until_it_counts(call: Call, emulator: Emulator) -> int:
    """Send an event until its result is there."""
    if call.function != PROBER:
        emulator.invoke(
            {"Records": []}
        )  # so that loading the function takes none of the time that the event is good for
    for _ in range(ATTEMPTS):
        sent = send(call)
        _say(f"event: {sent.what}")
        result = emulator.invoke(sent.event)
        if result.error is not None or sent.is_there():
            return _report(sent, result)
        _say("it decided nothing: a sweep of the running cloud was faster")
    _say("no attempt was fast enough; sweep the fleet less often: make run ARGS='--every 30s'")
    return 1


def _report(sent: Sent, result: Result) -> int:
    if result.error is not None:
        _say(f"error: {result.error}")
        if "Timeout" in result.error and "Connect" in result.error:
            _say("the container cannot connect to this machine: does a firewall keep it away?")
        return 1
    print(json.dumps(result.payload, ensure_ascii=False))
    if isinstance(result.payload, dict) and result.payload.get("batchItemFailures"):
        _say("error: the record was not handled; log: above")
        return 1
    _say(f"{sent.result}; log: above")
    return 0


def _way(engine: Engine) -> Way:
    return way_of(engine, own_address() if engine.rootless else "")


def _variables(call: Call, way: Way | None, relay: str) -> dict[str, str]:
    """The function's own variables. `relay` is the port of the relay, where there is one."""
    host = "CONTAINER-HOST" if way is None else way.host
    port = relay if way is None or way.listener is not None else _port(call)
    environment = call.stack.functions[call.function].environment
    return variables_of(environment, call.running.endpoint, f"http://{host}:{port}")


def _describe(way: Way, call: Call) -> str:
    if way.listener is None:
        return f"the container calls this machine {way.host}"
    return f"a relay from {way.listener.address} to 127.0.0.1:{_port(call)}, for {way.listener.peers} only"


def _port(call: Call) -> str:
    return call.running.endpoint.rpartition(":")[2]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
