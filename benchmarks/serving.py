"""An application under a real server: one worker process, started for the run, with the CPU time that it used."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from consent.cli.serve import THREADS

ROOT = Path(__file__).resolve().parent.parent
GRANIAN = "granian"
SYNC = "gunicorn sync"
THREADED = "gunicorn gthread 8"
KINDS = (GRANIAN, SYNC, THREADED)
START = 30.0  # seconds that a server may take


def command(kind: str, port: int, threads: int) -> list[str]:
    """The command line of a kind of server. `threads` are Granian's, as `consent serve` sets them."""
    target = "benchmarks.apps:create_app"
    if kind == GRANIAN:
        options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", str(threads), "--no-ws"]
        listen = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
        return [sys.executable, "-m", "granian", *options, *listen, "--factory", target]
    workers = ["--worker-class", "sync"] if kind == SYNC else ["--worker-class", "gthread", "--threads", "8"]
    listen = ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--log-level", "error", "--keep-alive", "30"]
    return [sys.executable, "-m", "gunicorn", *workers, *listen, f"{target}()"]


@dataclass
class Server:
    """A server that answers."""

    process: psutil.Process
    port: int

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that its processes have used so far."""
        total = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def memory(self) -> float:
        """MB of resident memory of its largest process: the worker."""
        processes = (self.process, *self.process.children(recursive=True))
        return max(float(process.memory_info().rss) for process in processes) / 1e6

    def get(self, path: str) -> str:
        """A page of it."""
        with urllib.request.urlopen(self.url(path), timeout=10) as reply:
            text: str = reply.read().decode()
        return text


@contextlib.contextmanager
def serve(
    kind: str,
    app: str,
    folder: Path,
    database: str | None = None,
    threads: int = THREADS,
    port: int | None = None,
    seals: bool = True,
) -> Iterator[Server]:
    """Serve an application of `apps` until the block ends; what it stores without `database` is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    environment = {**os.environ, "BENCH_APP": app, "BENCH_DATA": str(folder), "FLASK_DEBUG": "0"}
    environment["BENCH_SEAL"] = str(int(seals))
    environment.pop("BENCH_DATABASE", None)
    if database:
        environment["BENCH_DATABASE"] = database
    log = folder / "log"
    with log.open("wb") as said:
        started = subprocess.Popen(
            command(kind, port, threads), cwd=ROOT, env=environment, stdout=said, stderr=said, start_new_session=True
        )
    try:
        _await(started, port, log)
        yield Server(psutil.Process(started.pid), port)
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def _await(started: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        if started.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
