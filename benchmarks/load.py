"""Load on a server: by wrk where it is installed, else by a small generator of our own in a process beside us."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = "KEYKEYKEYKEYKEYKEYKEYK"  # stands in a body where each request has a key of its own, 22 characters
CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """Requests of one kind. The bodies take turns."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: Sequence[str] = ()  # none: GET


@dataclass(frozen=True)
class Result:
    """What a load came to. Latencies are in milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float


def run(load: Load, url: str, seconds: float, connections: int = CONNECTIONS) -> Result:
    """Send the requests to `url` for some seconds. Raises RuntimeError when any of them fails."""
    with tempfile.TemporaryDirectory(prefix="consent-bench-") as name:
        bodies, headers = Path(name) / "bodies", Path(name) / "headers"
        bodies.write_text("\n".join(load.bodies))
        headers.write_text("\n".join(f"{key}: {value}" for key, value in load.headers.items()))
        environment = {
            **os.environ,
            "BENCH_BODIES": str(bodies),
            "BENCH_HEADERS": str(headers),
            "BENCH_METHOD": "POST" if load.bodies else "GET",
            "BENCH_SALT": secrets.token_hex(2),
        }
        line = [*generator(seconds, connections), url]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds + 60)
    found = [text[7:] for text in done.stdout.splitlines() if text.startswith("RESULT ")]
    if not found:
        raise RuntimeError(f"No load could be made:\n{done.stdout}{done.stderr}")
    result = Result(**json.loads(found[0]))
    if result.errors or not result.requests:
        raise RuntimeError(f"{result.errors} of {result.requests} requests to {url} failed.")
    return result


def generator(seconds: float, connections: int) -> list[str]:
    """The command line, to which the address is added."""
    if wrk := shutil.which("wrk"):
        script = str(Path(__file__).with_name("load.lua"))
        options = [f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "--script", script]
        return [wrk, "-t1", *options]
    return [sys.executable, "-m", "benchmarks.client", str(seconds), str(connections)]
