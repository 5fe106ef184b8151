"""The script for bash, from 3.2 on, without the package bash-completion. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from icwatch_cli.completion.tree import Argument, Node

HEAD = """\
# Completion of icwatch for bash: source <(icwatch completion bash)
_icwatch() {
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" words="" options="" index
    local before=""
    COMPREPLY=()
    if [[ $cur == = ]]; then  # --option=VALUE is three words, or one where = breaks none
        cur=""
    elif [[ $prev == = ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    elif [[ $cur == --*=* ]]; then
        before="${cur%%=*}=" prev="${cur%%=*}" cur="${cur#*=}"
    fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "$command ${COMP_WORDS[index]}" in"""

TAIL = """\
    esac
    if [[ $cur == -* ]]; then
        words=$options
    elif [[ $words == FILES ]]; then
        _icwatch_files
        return
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

_icwatch_files() {
    [[ -z $before ]] && type compopt > /dev/null 2>&1 && compopt -o filenames
    local IFS=$'\\n'
    COMPREPLY=($(compgen -P "$before" -f -- "$cur"))
}

complete -F _icwatch icwatch"""


def bash(root: Node) -> str:
    """The script."""
    return "\n".join(_lines(root)) + "\n"


def _lines(root: Node) -> Iterator[str]:
    nodes = [*root.all()]
    yield HEAD
    for node in nodes[1:]:
        *before, name = node.words
        yield f'            "{" ".join(before)} {name}") command="{" ".join(node.words)}" ;;'
    yield "        esac"
    yield "    done"
    yield '    case "$command $prev" in'
    for node in nodes:
        for option in node.options:
            if option.value:
                patterns = "|".join(f'"{" ".join(node.words)} {name}"' for name in option.names)
                yield f"        {patterns}) {_values(option)} return ;;"
    yield "    esac"
    yield '    case "$command" in'
    for node in nodes:
        names = " ".join(name for option in node.options for name in option.names)
        yield f'        "{" ".join(node.words)}") options="{names}" words="{_following(node)}" ;;'
    yield TAIL


def _values(option: Argument) -> str:
    """How the value of an option is completed; by nothing where it can be anything."""
    if option.choices:
        return f'COMPREPLY=($(compgen -P "$before" -W "{" ".join(option.choices)}" -- "$cur"));'
    return "_icwatch_files;" if option.is_file else ""


def _following(node: Node) -> str:
    """The words that may follow a command; FILES where it is a file."""
    if node.children:
        return " ".join(child.words[-1] for child in node.children)
    choices = [choice for each in node.positionals for choice in each.choices]
    return "FILES" if any(each.is_file for each in node.positionals) else " ".join(choices)
