"""Write docs/commands.md from the commands' own help, or with --check say whether it is fresh.

python docs/commands.py [--check]
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from consent.cli import main

PAGE = Path(__file__).with_name("commands.md")
TOP = """\
# Commands

*Written by `python docs/commands.py` from the commands' own help; a test compares the two.*
"""


def page() -> str:
    """The whole page."""
    return "\n".join([TOP, *_sections(main, ["consent"])])


def commands(command: click.Command, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    """A command and all that it contains, each with its words."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, [*path, name])


def _sections(command: click.Command, path: list[str]) -> Iterator[str]:
    for words, found in commands(command, path):
        if isinstance(found, click.Group) and len(words) > 1:
            continue  # its commands say it all
        if len(words) > 1:
            yield f"## `{' '.join(words)}`\n"
            yield f"    {' '.join(filter(None, [*words, *map(_usage, found.params)]))}\n"
        yield _paragraphs(found.help or "")
        yield from _table([option for option in found.params if isinstance(option, click.Option)])


def _usage(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return ""
    name = parameter.metavar or (parameter.name or "").upper()
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _paragraphs(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text))
    return "\n\n".join(_escaped(" ".join(paragraph.split())) for paragraph in paragraphs) + "\n"


def _table(options: list[click.Option]) -> Iterator[str]:
    if not options:
        return
    rows = [f"| {_names(option)} | {_escaped(option.help or '')}{_more(option)} |" for option in options]
    yield "\n".join(["| option | |", "|---|---|", *rows]) + "\n"


def _names(option: click.Option) -> str:
    value = ""
    if not option.is_flag:
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        value = " " + (option.metavar or "|".join(map(str, choices)) or _kind(option.type)).replace("|", "\\|")
    return f"`{', '.join([*option.opts, *option.secondary_opts])}{value}`"


def _kind(kind: Any) -> str:
    if isinstance(kind, click.Path):
        return "FOLDER" if not kind.file_okay else "FILE"
    return "N" if isinstance(kind, click.types.IntParamType) else "TEXT"


def _more(option: click.Option) -> str:
    """The default and the environment variable, where help shows them."""
    said = ""
    if option.show_default and option.default is not None:
        said += f" Default: `{option.default}`."
    if option.show_envvar and option.envvar:
        said += f" Environment: `{option.envvar}`."
    return said


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def run(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    text = page()
    if arguments == ["--check"]:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not fresh:
            print("docs/commands.md is stale. Write it again: python docs/commands.py", file=sys.stderr)
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
