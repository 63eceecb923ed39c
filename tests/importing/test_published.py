"""What the tools themselves publish as an example of their configuration, from their packages on npm, becomes a site
file without an error. vanilla-cookieconsent's package holds no example, and the hosted tools publish none."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.site.load import load

CODE = re.compile(r"```(?:\w+)?\n(.*?)```", re.DOTALL)


def package(name: str, folder: Path) -> Path:
    """A package as it is on npm, unpacked. A registry that is away is a failure."""
    done = subprocess.run(["npm", "pack", "--silent", name], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def in_readme(package: Path, mark: str) -> str:
    """The longest piece of code in the README that has `mark`."""
    return max(
        (code for code in CODE.findall((package / "README.md").read_text(encoding="utf-8")) if mark in code), key=len
    )


@pytest.mark.parametrize(
    ("name", "mark", "purposes"),
    [
        ("klaro@0.7.22", "", 5),
        ("orejime@3.2.1", "orejimeConfig", 6),
        ("tarteaucitronjs@1.34.0", "tarteaucitron.init(", 1),  # its services stand elsewhere in a page
    ],
)
def test_the_tools_own_example(tmp_path: Path, name: str, mark: str, purposes: int) -> None:
    unpacked = package(name, tmp_path)
    old = tmp_path / "old.js"
    text = in_readme(unpacked, mark) if mark else (unpacked / "dist" / "config.js").read_text(encoding="utf-8")
    old.write_text(text, encoding="utf-8")
    new = tmp_path / "consent.toml"
    given = {"name": "Shop", "url": "https://shop.example", "controller": "Shop Ltd", "contact": "privacy@shop.example"}
    words = [word for key, value in given.items() for word in (f"--{key}", value)]
    made = CliRunner().invoke(main, ["import", str(old), "-o", str(new), "-y", *words, "--policy", "/privacy"])
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(main, ["check", str(new)]).exit_code == 0
    assert len(load(new).purposes) == purposes
