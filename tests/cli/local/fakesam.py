"""In place of `sam local start-lambda` where no container engine runs: serves Lambda's API, and runs the function as a
process with the variables of the template that sam would be given."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from icwatch_cli.local.function import Configuration, Function
from icwatch_cli.local.installed import ROOT

FOLDERS = {"ProberFunction": "prober", "EvaluatorFunction": "evaluator", "NotifierFunction": "notifier"}


def main() -> None:
    """Serve until SIGINT, as sam does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", nargs=2)
    for option in ("--template-file", "--host", "--port", "--warm-containers"):
        parser.add_argument(option, required=True)
    parser.add_argument("--no-watch", action="store_true", required=True)
    arguments = parser.parse_args()
    assert arguments.command == ["local", "start-lambda"]
    template = json.loads(Path(arguments.template_file).read_text(encoding="utf-8"))
    ((name, properties),) = [
        (name, item["Properties"])
        for name, item in template["Resources"].items()
        if item["Type"] == "AWS::Serverless::Function"
    ]
    function = Function(ROOT / "functions" / FOLDERS[name], sys.stderr.buffer)
    variables = properties["Environment"]["Variables"]
    function.configure(Configuration(name, name, properties["Timeout"], properties["MemorySize"], variables))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == f"/2015-03-31/functions/{name}/invocations"
            result = function.invoke(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            if result.error is not None:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            body = json.dumps(result.payload if result.error is None else {"errorMessage": result.error}).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer((arguments.host, int(arguments.port)), Handler)
    signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    function.stop()


if __name__ == "__main__":
    main()
