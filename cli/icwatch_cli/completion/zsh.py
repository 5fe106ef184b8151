"""The script for zsh, with what each command and option is for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icwatch_cli.completion.tree import Argument, Node

HEAD = """\
#compdef icwatch
# Completion of icwatch for zsh: source <(icwatch completion zsh), or as a file _icwatch in a folder of $fpath."""

TAIL = """\
if [ "$funcstack[1]" = _icwatch ]; then
    _icwatch "$@"
elif (( $+functions[compdef] )); then
    compdef _icwatch icwatch
fi"""


def zsh(root: Node) -> str:
    """The script."""
    return "\n".join([HEAD, *_function(root), TAIL]) + "\n"


def _function(node: Node) -> Iterator[str]:
    """A function for a command that is followed by others, and before it those of the others that are."""
    for child in node.children:
        if child.children:
            yield from _function(child)
    yield f"{_name(node)}() {{"
    yield "    local curcontext=$curcontext state line"
    yield "    typeset -A opt_args"
    specs = [*map(_spec, node.arguments), "'1: :->command'", "'*:: :->rest'"]
    yield from _arguments("-C", specs, "    ")
    yield "    case $state in"
    yield "        command)"
    yield "            local -a commands=("
    for child in node.children:
        yield f"                {_quoted(f'{child.words[-1]}:{child.help}')}"
    yield "            )"
    yield "            _describe -t commands command commands ;;"
    yield "        rest)"
    yield "            case $line[1] in"
    for child in node.children:
        yield f"                {child.words[-1]})"
        if child.children:
            yield f"                    {_name(child)} ;;"
        else:
            yield from _arguments("-s", [*map(_spec, child.arguments)], "                    ")
            yield "                    ;;"
    yield "            esac ;;"
    yield "    esac"
    yield "}"


def _name(node: Node) -> str:
    return "_".join(("_icwatch", *node.words))


def _arguments(option: str, specs: Sequence[str], indent: str) -> Iterator[str]:
    lines = [f"_arguments {option}", *(f"    {spec}" for spec in specs)]
    for line in lines[:-1]:
        yield f"{indent}{line} \\"
    yield indent + lines[-1]


def _spec(argument: Argument) -> str:
    """As `_arguments` reads it: `(--local)--stack=[the deployed stack]:NAME: `, the value behind a blank or a `=`."""
    value = f":{_escaped(argument.value, ':')}:{_action(argument)}" if argument.value else ""
    if not argument.names:
        return _quoted(("*" if argument.repeats else ":") + value)
    about = f"{'=' if value else ''}[{_escaped(argument.help, ']')}]"
    if argument.repeats:
        return " ".join(_quoted(f"*{name}{about}{value}") for name in argument.names)
    rivals = " ".join((*argument.rivals, *argument.names))
    return " ".join(_quoted(f"({rivals}){name}{about}{value}") for name in argument.names)


def _action(argument: Argument) -> str:
    if argument.choices:
        return f"({' '.join(argument.choices)})"
    return "_files" if argument.is_file else " "


def _escaped(text: str, marks: str) -> str:
    for mark in ("\\", *marks):
        text = text.replace(mark, f"\\{mark}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
