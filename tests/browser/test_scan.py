"""`consent scan` on real pages: an honest one, and ones that break each promise (regulation R27)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .stage import HEAD, Stage

VENDORS = """
[vendors.meadow]
name = "Meadow"
country = "DE"
policy = "https://meadow.example/privacy"
hosts = ["meadow.localhost"]
items = [
    { name = "_mdw", kind = "cookie", duration = "1 year" },
    { name = "mdw_*", kind = "local", duration = "1 year" },
]
[purposes.analytics]
retention = "1 year"
vendors = ["meadow"]
"""
MEADOW = "document.cookie = '_mdw=1;path=/'; localStorage.mdw_a = 1"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("scan"), VENDORS)
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "consent.toml"
    path.write_text(HEAD + VENDORS, encoding="utf-8")
    return path


def scanned(stage: Stage, file: Path, path: str) -> tuple[int, list[dict[str, str]]]:
    """The exit status, and what was found or, where nothing could be looked at, said."""
    program = str(Path(sys.executable).with_name("consent"))
    command = [program, "scan", stage.url(path), "--site", str(file), "--settle", "0.2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode in (0, 1):
        return done.returncode, json.loads(done.stdout)["findings"]
    return done.returncode, [{"problem": done.stderr}]


def test_an_honest_page_is_right_at_every_step(stage: Stage, file: Path) -> None:
    meadow = stage.url("/m.js", "meadow.localhost")
    waits = '<script type="text/plain" data-consent="analytics/meadow"'
    stage.put(f'{waits} src="{meadow}"></script>{waits}>{MEADOW}</script>', path="/honest")
    assert scanned(stage, file, "/honest") == (0, [])
    assert stage.sent("meadow.localhost")  # after Accept all it did run


def test_a_page_that_does_not_wait_is_found_out(stage: Stage, file: Path) -> None:
    """R27: a vendor that runs at once, one that nobody declared, a cookie that comes back after a withdrawal."""
    stage.put(
        f'<script src="{stage.url("/m.js", "meadow.localhost")}"></script>'
        f"<script>{MEADOW}</script>"
        f'<script src="{stage.url("/x.js", "unknown.localhost")}"></script>'
        "<script>addEventListener('scroll', () => (document.cookie = '_scrolled=1;path=/'))</script>",
        '<div style="height:3000px"></div>',
        path="/hasty",
    )
    status, found = scanned(stage, file, "/hasty")
    assert status == 1
    by_step: dict[str, str] = {}
    for each in found:
        by_step[each["step"]] = by_step.get(each["step"], "") + each["problem"]
    for step in ("before an answer", "with the signal", "on return", "after the withdrawal"):
        assert "meadow.localhost" in by_step[step] and "unknown.localhost" in by_step[step]
        assert "_scrolled" in by_step[step]
    assert "_mdw" in by_step["before an answer"] and "mdw_a" in by_step["with the signal"]
    assert "meadow.localhost" not in by_step["after Accept all"]  # there it may


def test_a_page_without_the_extension_cannot_be_judged(stage: Stage, file: Path) -> None:
    stage.files["/bare"] = b"no page"
    status, (said,) = scanned(stage, file, "/bare")
    assert status == 2 and "has no a button" not in said["problem"]
    assert scanned(stage, file, "/missing")[0] == 2
