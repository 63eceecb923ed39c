"""A fresh environment for checking: Python, this package and the few libraries that it takes. No Flask, no database."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import consent

LIBRARIES = ("click", "cryptography", "cffi", "_cffi_backend*", "rfc8785", "itsdangerous")
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from consent.cli import main; main()"


def environment(folder: Path, package: Path | None = None) -> Path:
    """What `command` runs in: a folder with links to the libraries, and to the package unless it is there already."""
    installed = Path(sysconfig.get_path("purelib"))
    for pattern in LIBRARIES:
        for path in installed.glob(pattern):
            (folder / path.name).symlink_to(path)
    package = package or Path(consent.__file__).parent
    if not (folder / "consent").exists():
        (folder / "consent").symlink_to(package)
    return folder


def command(folder: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command there: without site-packages, without the environment's variables, in an empty folder."""
    line = [sys.executable, "-I", "-S", "-c", PROGRAM, str(folder), *words]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=120, env={})
