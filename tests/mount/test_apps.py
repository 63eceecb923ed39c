"""A three-line mount into applications that we did not write (issue: done when 6).

They come from PyPI into an environment of their own, because they want other versions of some libraries than our
tests do: that we work with those, too, is part of the test.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["httpbin==0.10.4", "ihatemoney==7.2.1"]


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment that has us and them; made once and kept."""
    home = ROOT / ".venv" / "apps"
    interpreter, stamp = home / "bin" / "python", home / ".installed"
    if not stamp.is_file() or stamp.read_text() != " ".join(APPS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = [interpreter, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", ROOT, *APPS]
        subprocess.run(install, check=True, timeout=600)
        stamp.write_text(" ".join(APPS))
    return interpreter


@pytest.fixture(params=["httpbin", "ihatemoney"])
def seen(request: pytest.FixtureRequest, python: Path, site_file: Path, tmp_path: Path) -> dict[str, Any]:
    walk = [python, Path(__file__).with_name("walk.py"), request.param, site_file, tmp_path]
    done = subprocess.run(walk, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_a_mount_of_three_lines_works(seen: dict[str, Any]) -> None:
    assert seen["first"] == {"status": 200, "gate": True, "banner": True, "link": True}
    assert seen["head"] == [200, True, True]
    assert seen["json"] is not False
    status, location = seen["answer"]
    assert status == 303 and location.startswith("/")
    assert seen["then"] == {"status": 200, "gate": True, "banner": False, "link": True}
    assert seen["allowed"] == [False, True]
    forms = seen["own_form_before"], seen["own_form_after"], seen["own_form_forged"]
    assert forms == (
        (200, 200, 200) if seen["json"] else (302, 302, 200)
    )  # ihatemoney's own guard shows its form again
    assert seen["touched"] == [] and seen["speaks"] == ["de"] and seen["settings"] == 200
    assert seen["withdrawn"] == [303, False]
    assert seen["records"] == ["accept_all", "withdraw"]
