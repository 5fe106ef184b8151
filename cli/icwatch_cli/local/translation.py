"""template.yaml as what is created on the backend, by SAM's own translator.

Three things differ from AWS: schedule and event source mappings are created switched off, because `schedule.py` and
`stream.py` do their work with Lambda's semantics; functions are created without code, because workers run it from where
icwatch is installed; and alarms over metric maths are left out, because the backend knows none and nobody looks at
alarms here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from icwatch_cli.local.backend import REGION
from icwatch_cli.local.installed import CLOUD, ROOT

NOT_MADE = (
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Logs::QueryDefinition",
)
"""Types of resources that nothing here would look at."""


@dataclass(frozen=True, slots=True)
class Translated:
    """template.yaml as plain CloudFormation, and the folder of each function by its logical name."""

    body: str
    folders: Mapping[str, str]


PAGE_IN_A_BUCKET = "HasStatusBucket"
"""The condition of what writes the status page into a bucket: here `icwatch run` serves it by itself."""


def translate(template: Path = ROOT / "template.yaml") -> Translated:
    """Translate the template. Kept beside the environment, since the translator takes longer than all the rest."""
    text = template.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode() + Path(__file__).read_bytes()).hexdigest()[:16]
    kept = CLOUD / f"template-{digest}.json"
    if kept.exists():
        return Translated(**json.loads(kept.read_text(encoding="utf-8")))
    translated = _translate(text)
    partial = kept.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):  # the environment may be somebody else's
        partial.write_text(json.dumps({"body": translated.body, "folders": dict(translated.folders)}), encoding="utf-8")
        partial.replace(kept)
    return translated


def _translate(text: str) -> Translated:
    # Imported here because it takes half a second, and is not needed where the translation is kept.
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415

    document = yaml_parse(text)
    folders = {}
    for name, resource in document["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            if resource.get("Condition") != PAGE_IN_A_BUCKET:
                folders[name] = properties["CodeUri"]
            properties["CodeUri"] = "s3://local/code"
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = "s3://local/code"
    session = boto3.Session(region_name=REGION)
    plain = Translator({}, Parser(), boto_session=session).translate(document, {})
    resources = {name: resource for name, resource in plain["Resources"].items() if _is_made(resource)}
    for resource in resources.values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Lambda::Function":
                properties["Code"] = {"ZipFile": "# run by a worker"}
                properties.pop("Layers", None)
            case "AWS::Lambda::EventSourceMapping":
                properties["Enabled"] = False
            case "AWS::Scheduler::Schedule":
                properties["State"] = "DISABLED"
    # Without what a console shows and checks: a body may have 51,200 bytes.
    body = {name: part for name, part in plain.items() if name not in ("Metadata", "Rules")}
    return Translated(json.dumps({**body, "Resources": resources}, separators=(",", ":")), folders)


def _is_made(resource: Mapping[str, Any]) -> bool:
    """Whether a resource is created here."""
    if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
        return False
    return resource["Type"] not in NOT_MADE and resource.get("Condition") != PAGE_IN_A_BUCKET
