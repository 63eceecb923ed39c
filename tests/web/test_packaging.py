"""What is installed from the wheel, away from any checkout, has all its parts."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from consent.receipt import build, to_bytes
from consent.service import Service

from ..export import log
from ..receipt import alone, made

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, timeout: int = 120) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder, timeout=300)
    (found,) = folder.glob("consent_ledger-*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the wheel installed, that finds the libraries, but not us, where the tests have them."""
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    target: list[str | Path] = ["--target", site, "--no-deps", "--no-index", "-q", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "install", *target, wheel, cwd=home, timeout=300)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"


def test_the_wheel_has_what_is_served_and_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "consent/py.typed",
        "consent/templates/banner.html",
        "consent/static/dist/gate.js",
        "consent/static/dist/banner.js",
        "consent/static/dist/banner.css",
        "consent/translations/de/LC_MESSAGES/consent.mo",
        "consent/translations/ar/LC_MESSAGES/consent.mo",
        "consent/examples/sites/imagegpt.toml",
        "consent/site/presets/ga4.toml",
        "consent/store/migrations/versions/r0001_records.py",
    ):
        assert wanted in names, wanted
    assert all(name.startswith(("consent/", "consent_ledger-")) for name in names)
    for unwanted in ("node_modules", "tests/", "package.json", "build.mjs", ".keys.json", ".sqlite3", "__pycache__"):
        assert not [name for name in names if unwanted in name], unwanted


MOUNT = """
import sys
from pathlib import Path

from flask import Flask

import consent
from consent import Consent

assert Path(consent.__file__).is_relative_to(sys.prefix), consent.__file__
app = Flask("shop", root_path=sys.argv[1], instance_path=sys.argv[1] + "/instance")
app.config["TESTING"] = True
Consent(app)
app.add_url_rule("/", "home", lambda: "<!doctype html><html lang=de><body><p>Hallo</p></body></html>")
client = app.test_client()
asset = client.get("/consent/static/banner.js")
assert asset.status_code == 200 and asset.mimetype == "text/javascript" and len(asset.data) > 500
page = client.get("/").text
assert '<section id="consent" class="consent" lang="de"' in page and "Alle ablehnen" in page, page[-3000:]
centre = client.get("/consent/?locale=ar").text
assert 'dir="rtl"' in centre
token = client.post("/consent/decision", json={
    "choice": "accept_all",
    "notice": app.extensions["consent"].service.notice("de").id,
    "csrf_token": page.partition('name="csrf_token" value="')[2].partition('"')[0],
}).get_json()["token"]
print(len(token))
"""


def test_installed_elsewhere_it_serves_files_and_words(python: Path, site_file: Path) -> None:
    (site_file.parent / "mount.py").write_text(MOUNT, encoding="utf-8")
    assert int(run(python, "-I", "mount.py", site_file.parent, cwd=site_file.parent)) > 100


def test_installed_elsewhere_its_commands_run(python: Path, site_file: Path) -> None:
    start = "import sys; from consent.cli import main; sys.argv[0] = 'consent'; main()"
    assert "--port" in run(python, "-I", "-c", start, "demo", "--help", cwd=site_file.parent)
    assert "serve" in run(python, "-I", "-c", start, "--help", cwd=site_file.parent)
    run(python, "-I", "-c", start, "check", "consent.toml", cwd=site_file.parent)


def test_installed_elsewhere_the_demo_has_its_sites(python: Path, site_file: Path) -> None:
    code = "from consent import assets; print(*sorted(p.stem for p in assets.folder('examples').glob('sites/*.toml')))"
    assert run(python, "-I", "-c", code, cwd=site_file.parent).split() == [
        "gempix2",
        "gptimage2",
        "image2",
        "image2ai",
        "imagegpt",
    ]


def test_a_receipt_is_checked_by_the_wheel_and_five_libraries(wheel: Path, service: Service, tmp_path: Path) -> None:
    """Regulation R41: by a third party, without Flask and without a database, with only the log's public key."""
    libraries, elsewhere = tmp_path / "libraries", tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(libraries)
    elsewhere.mkdir()
    record = log.answer(service, log.EVERYTHING).record
    receipt = build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)
    (elsewhere / "receipt.json").write_bytes(to_bytes(receipt))
    key = str(made.log_key(service))
    done = alone.command(alone.environment(libraries), "verify", "receipt.json", "--key", key, cwd=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Record     {record.id}" in done.stdout
