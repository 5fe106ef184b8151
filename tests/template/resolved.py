"""The template as CloudFormation is given it: translated by SAM, and resolved for given parameters."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
NO_VALUE = {"Ref": "AWS::NoValue"}

Resource = dict[str, Any]


@functools.cache
def translated() -> dict[str, Any]:
    """The whole template with all that SAM adds, conditions unresolved."""
    document = yaml_parse(re.sub(r"Uri: \S+", "Uri: s3://a/b", (ROOT / "template.yaml").read_text(encoding="utf-8")))
    session = boto3.Session(region_name="us-east-1")
    plain: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(document, {})
    return plain


@functools.cache
def resolve(partition: str = "aws", **parameters: str) -> dict[str, Any]:
    """The template with its parameters put in and its conditions decided; what names resources is left."""
    template = translated()
    values = {name: parameters.get(name, str(item.get("Default", ""))) for name, item in template["Parameters"].items()}
    assert parameters.keys() <= values.keys()
    lists = {name for name, item in template["Parameters"].items() if item["Type"] == "CommaDelimitedList"}
    known = {name: value.split(",") if name in lists else value for name, value in values.items()}
    known["AWS::Partition"] = partition
    parts = {part: _put(template[part], known, template["Conditions"]) for part in ("Resources", "Outputs")}
    return {part: _existing(items, known, template["Conditions"]) for part, items in parts.items()}


def _existing(items: Mapping[str, Any], known: Mapping[str, Any], conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Those whose condition holds."""
    return {
        name: item
        for name, item in items.items()
        if "Condition" not in item or _holds(conditions[item["Condition"]], known, conditions)
    }


def _put(node: Any, known: Mapping[str, Any], conditions: Mapping[str, Any]) -> Any:
    match node:
        case {"Ref": str(name)} if name in known:
            return known[name]
        case {"Fn::If": [str(name), met, otherwise]}:
            return _put(met if _holds(conditions[name], known, conditions) else otherwise, known, conditions)
        case dict():
            put = {name: _put(value, known, conditions) for name, value in node.items()}
            return {name: value for name, value in put.items() if value != NO_VALUE}
        case list():
            members = [_put(member, known, conditions) for member in node]
            return [member for member in members if member != NO_VALUE]
    return node


def _holds(node: Any, known: Mapping[str, Any], conditions: Mapping[str, Any]) -> bool:
    match node:
        case {"Condition": str(name)}:
            return _holds(conditions[name], known, conditions)
        case {"Fn::Not": [inner]}:
            return not _holds(inner, known, conditions)
        case {"Fn::And": inners}:
            return all(_holds(inner, known, conditions) for inner in inners)
        case {"Fn::Equals": [left, right]}:
            return bool(_text(left, known) == _text(right, known))
    raise AssertionError(f"a condition that this does not know: {node}")


def _text(node: Any, known: Mapping[str, Any]) -> str:
    match node:
        case {"Ref": str(name)}:
            return str(known[name])
        case {"Fn::Join": [str(between), {"Ref": str(name)}]}:
            return between.join(known[name])
    return str(node)
