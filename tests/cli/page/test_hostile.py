"""Nothing from outside (names, labels, details, comments) can script a page, or leave the place it is put in."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from icwatch.model import Cause, Failure, Language, MonitoringProblem, Silence, Target
from icwatch_cli.page.data import PageData, RobotState
from icwatch_cli.page.render import policy
from tests.cli.page.rendering import Parsed, all_pages
from tests.cli.page.world import NOW, World, fleet_of

MARK = "pwned"
ATTACKS = (
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}()>',
    f"' onmouseover='{MARK}()",
    f"</style><script>{MARK}()</script>",
    f"javascript:{MARK}()",
    f"{{{{ {MARK} }}}}{{% raw %}}",
    f"&lt;script&gt;{MARK}()&lt;/script&gt;",
    f"\u202e{MARK}\u2028]]><!--",
)


def hostile(attack: str) -> tuple[World, PageData, str]:
    """A fleet of which everything that people or servers write is an attack."""
    rule = {"name": "ic_server_connect_failed", "display_name": attack.replace("$", ""), "resend_interval": "1h"}
    world = World.of(fleet_of({"vpc-1": 3, "vpc-2": 1}, [rule] if attack.isprintable() else []))
    labels = {"vpc": attack, "region": attack, "note": attack}
    targets = {name: Target(each.host, each.port, labels=labels) for name, each in world.inventory.targets.items()}
    world.inventory = replace(world.inventory, targets=targets)
    last = NOW // 60 * 60
    first, second, third, fourth = targets
    for minute in range(12):
        failing = {first: Failure(Cause.BAD_RESPONSE, attack), third: Failure(Cause.TLS, attack)} if minute > 3 else {}
        if 2 < minute < 5:
            failing[second] = Failure(Cause.HTTP_STATUS, attack, 500)
        world.sweep(last - 60 * (11 - minute), failing, unseen=[fourth] if minute > 8 else [])
    world.acknowledge(f"ic_server_connect_failed:{first}", attack, attack, last)
    world.silence(Silence("quiet", {"target": third}, 0, last + 3600, by=attack, comment=attack))
    world.silence(Silence("other", {"note": attack}, last - 60, last + 3600, comment=attack))
    shards = [
        replace(each, monitoring={"x": MonitoringProblem("unseen", attack, last, last, attack, 0, reported=True)})
        for each in world.data().shards
    ]
    data = replace(
        world.data(robots=[RobotState(attack, "slack", 1, 2)]),
        stack=attack,
        option=f"--stack '{attack}'",
        shards=shards,
        problems=[attack],
    )
    world.inventory = replace(world.inventory, unreadable={("target", attack): attack})
    world.samples.source = attack
    return world, replace(data, inventory=world.inventory), first


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_can_script_a_page(attack: str) -> None:
    world, data, target = hostile(attack)
    for path, html in all_pages(world, data, target, attack, Language.EN_US).items():
        page = Parsed(html)
        assert (page.wrong, page.open) == ([], []), path
        assert len([tag for tag, _ in page.elements if tag == "script"]) == 1
        assert MARK not in "".join(page.scripts)
        assert MARK in page.text  # it is shown, as the text that it is
        assert page.text.replace("\n", "").isprintable()
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
            assert "style" not in attributes
            assert tag not in ("iframe", "object", "embed", "base", "img")
            for name in ("href", "src", "action"):
                link = attributes.get(name) or ""
                assert not link.lower().startswith(("javascript:", "//", "http")), (path, link)
                assert not link.startswith("data:") or (tag, attributes.get("rel")) == ("link", "icon")


def test_the_policy_names_what_is_in_the_page() -> None:
    world, data, target = hostile(ATTACKS[0])
    for html in all_pages(world, data, target, ATTACKS[0], Language.ZH_CN).values():
        style, script = Parsed(html).scripts
        for name, text in (("style", style), ("script", script)):
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{name}-src 'sha256-{digest}'" in policy()
        (written,) = [each for tag, each in Parsed(html).elements if tag == "meta" and "http-equiv" in each]
        assert written["content"] == policy()
    assert "unsafe" not in policy()
    assert policy().startswith("default-src 'none'")
