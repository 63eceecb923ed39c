"""Start modules of these tests as processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONG = 120.0  # seconds: a bound on what must happen, never waited out


def start(module: str, *arguments: object) -> subprocess.Popen[str]:
    """Start `python -m module arguments`; its output is to be read."""
    line = [sys.executable, "-W", "error::ResourceWarning", "-m", module, *map(str, arguments)]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def outputs(children: list[subprocess.Popen[str]]) -> list[str]:
    """What each said, when all have ended well."""
    try:
        said = [child.communicate(timeout=LONG)[0] for child in children]
    finally:
        for child in children:
            child.kill()
    assert [child.returncode for child in children] == [0] * len(children)
    return said
