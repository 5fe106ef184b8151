"""The documents: every relative link leads to a file and a heading, both languages have the same structure, the READMEs
stay short, and every path that CONTRIBUTING.md names exists."""

from __future__ import annotations

import re

import pytest

from icwatch_cli.main import COMMANDS
from tests.doc_pages import FOLDERS, LANGUAGES, READMES, ROOT

MOST_README_LINES = 180

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "docs/zh-CN/*.md", "requirements/*.md")
    for path in ROOT.glob(pattern)
)

TWINS = [tuple(READMES.values())] + [
    (f"{FOLDERS['en']}/{path.name}", f"{FOLDERS['zh-CN']}/{path.name}") for path in sorted((ROOT / "docs").glob("*.md"))
]

TRANSLATED = [twin for twin in TWINS if (ROOT / twin[1]).exists()]


def prose(name: str) -> str:
    """A document without its fenced blocks."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(name: str) -> list[tuple[int, str]]:
    """The level and the text of each heading."""
    found = re.findall(r"^(#+) (.+)$", prose(name), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def anchors(name: str) -> set[str]:
    """What GitHub makes of the headings: small letters, no punctuation, hyphens for blanks."""
    texts = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(name)]
    again = [texts[:place].count(text) for place, text in enumerate(texts)]
    return {f"{text}-{count}" if count else text for text, count in zip(texts, again, strict=True)}


def links(name: str) -> list[str]:
    """The targets of links and images, but those on the web."""
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose(name)))
    return [target for target in found if not re.match(r"\w+:", target)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for link in links(name):
        path, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT).as_posix()), link


def test_every_link_form_is_seen() -> None:
    """A test of the test: the READMEs have links to files, to headings and to a picture."""
    assert {"docs/run.svg", "docs/deploy.md", "docs/commands.md#run"} <= {*links("README.md")}
    assert "#deploying" in links("docs/deploy.md")


@pytest.mark.parametrize(("english", "chinese"), TRANSLATED)
def test_both_languages_have_the_same_headings(english: str, chinese: str) -> None:
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]


@pytest.mark.parametrize(("english", "chinese"), TRANSLATED)
def test_both_languages_lead_to_each_other(english: str, chinese: str) -> None:
    for name, other in ((english, chinese), (chinese, english)):
        folder = (ROOT / name).parent
        assert any((folder / link).resolve() == ROOT / other for link in links(name)[:1]), name


def test_every_document_is_in_both_languages() -> None:
    english, chinese = ({path.name for path in (ROOT / folder).glob("*.md")} for folder in FOLDERS.values())
    assert chinese == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_in_the_table_and_has_a_section(language: str) -> None:
    readme, chapter = READMES[language], f"{FOLDERS[language]}/commands.md"
    rows = [line for line in prose(readme).splitlines() if f"{chapter}#" in line]
    listed = [name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("](")[0])]
    sections = [name for level, text in headings(chapter) if level == 2 for name in re.split(r", |、", text)]
    assert sorted(listed) == sorted(sections) == sorted(COMMANDS)


@pytest.mark.parametrize("name", READMES.values())
def test_the_readmes_are_short(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= MOST_README_LINES


def named_paths(name: str) -> set[str]:
    """What is written as code and has a slash, and a suffix or a slash at its end."""
    return {each for each in re.findall(r"`([\w.\-/]+/[\w.\-]*)`", prose(name)) if re.search(r"\.\w+$|/$", each)}


def test_every_path_in_contributing_exists() -> None:
    """Paths are written from the root, or from the layer's or the command's package."""
    bases = (ROOT, ROOT / "layers/core/python", ROOT / "cli")
    paths = named_paths("CONTRIBUTING.md") - {".venv/bin/"}
    assert len(paths) > 40
    assert sorted(path for path in paths if not any((base / path).exists() for base in bases)) == []
