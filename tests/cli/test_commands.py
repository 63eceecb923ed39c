from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import click
import pytest

from consent.cli import COMMANDS, main

from .conftest import Run

DOCS = Path(__file__).parents[2] / "docs"


def docs() -> ModuleType:
    spec = util.spec_from_file_location("commands_page", DOCS / "commands.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_fresh() -> None:
    assert docs().run(["--check"]) == 0, "run: python docs/commands.py"


def test_every_command_and_option_has_help() -> None:
    for words, command in docs().commands(main, ["consent"]):
        assert command.help, words
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (words, parameter.name)


def test_every_command_is_listed(run: Run) -> None:
    text = run("--help").output
    for name in COMMANDS:
        assert f"\n  {name}" in text


def test_an_unknown_command_is_an_error_with_a_hint(run: Run) -> None:
    assert "No such command" in run("exprot", fails=True).output


def test_what_goes_wrong_on_purpose_is_told_without_a_traceback(run: Run) -> None:
    result = run("keys", "list", "demo", fails=True)
    assert result.output.startswith("Error: There are no keys at") and "consent keys new demo" in result.output


def test_the_entry_point_starts_and_imports_no_command(tmp_path: Path) -> None:
    code = "import sys, consent.cli; print([m for m in sys.modules if m.startswith('consent.cli.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("site", ["../demo", "Demo", "", "a/b", "a.b", "x" * 40])
def test_a_site_is_an_id_and_never_a_path(run: Run, site: str) -> None:
    for command in (["export"], ["keys", "new"], ["keys", "list"]):
        assert "named by its id" in run(*command, "--", site, fails=True).output
