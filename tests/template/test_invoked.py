"""The template that `make invoke` hands to sam: sam finds in it the built function, its layers and its variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from icwatch_cli.local.container import template_of
from icwatch_cli.local.emulator import TEMPLATE

VARIABLES = {"AWS_ENDPOINT_URL": "http://172.17.0.1:39000", "LANGUAGE": "zh-CN"}


@pytest.mark.parametrize("function", ["ProberFunction", "EvaluatorFunction", "NotifierFunction"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of sam itself
def test_sam_runs_what_was_built_with_the_variables_of_the_local_cloud(built: Path, function: str) -> None:
    # Imported here because it takes a second.
    from samcli.lib.providers.sam_function_provider import SamFunctionProvider  # noqa: PLC0415
    from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider  # noqa: PLC0415

    path = built / TEMPLATE
    template = yaml_parse((built / "template.yaml").read_text(encoding="utf-8"))
    path.write_text(json.dumps(template_of(template, function, "arm64", VARIABLES)), encoding="utf-8")
    stacks, _ = SamLocalStackProvider.get_stacks(str(path), global_parameter_overrides={"AWS::Region": "us-east-1"})
    found = SamFunctionProvider(stacks).get(function)
    assert found is not None
    assert found.environment == {"Variables": VARIABLES}
    assert (found.architectures, found.runtime, found.handler) == (["arm64"], "python3.13", "app.lambda_handler")
    assert Path(found.codeuri, "app.py").exists() or (built / found.codeuri / "app.py").exists()
    layers = {layer.name: built / str(layer.codeuri) for layer in found.layers}
    assert layers.keys() == {"CoreLayer", "DependenciesLayer"}
    assert (layers["CoreLayer"] / "python" / "icwatch" / "__init__.py").exists()
    assert (layers["DependenciesLayer"] / "python" / "httpx" / "__init__.py").exists()
