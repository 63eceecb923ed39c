"""A consent server that can be killed at any moment of a decision, with a page of another origin that has its tag."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from consent.store import Store

from .workshop import PAGE, SITE, SITE_ID, Quiet

Moment = Literal["", "refused", "asked", "working", "answered"]
READY = 60  # seconds that the server may take to listen
PAGE_HOST, SERVER = "www.outage.localhost", "consent.outage.localhost"


class Outage:
    """`consent serve` behind a wire that the tests cut: `kill_at` says when the next decision kills the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kill_at: Moment = ""
        self.killed = threading.Event()
        self.pages: dict[str, str] = {}
        self._inside = _free_port()
        self._wire = socket.create_server(("127.0.0.1", 0))
        self.port = self._wire.getsockname()[1]
        self._pages = make_server("127.0.0.1", 0, self._page, threaded=True, request_handler=Quiet)
        origin = f"http://{PAGE_HOST}:{self._pages.server_port}"
        self.site_file = folder / "consent.toml"
        text = SITE.replace("[controller]", f'origins = ["{origin}"]\n[controller]', 1)
        self.site_file.write_text(text, encoding="utf-8")
        self.origin = origin
        self.start()
        for serve in (self._serve, self._pages.serve_forever):
            threading.Thread(target=serve, daemon=True).start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [str(Path(sys.executable).with_name("consent")), "serve", str(self.site_file), "--development"]
        command += ["--port", str(self._inside), "--data", str(self.folder / "data"), "--workers", "1"]
        with (self.folder / "out.txt").open("ab") as out:
            self.server = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        end = time.monotonic() + READY
        while time.monotonic() < end:
            try:
                connection = HTTPConnection("127.0.0.1", self._inside, timeout=2)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    self.killed.clear()
                    return
            except OSError:
                assert self.server.poll() is None, (self.folder / "out.txt").read_text(encoding="utf-8")
                time.sleep(0.05)
            finally:
                connection.close()
        raise AssertionError("consent serve does not answer")

    def kill(self) -> None:
        """SIGKILL to the server and its workers."""
        import os
        import signal

        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait(30)
        self.killed.set()

    def put(self, body: str) -> str:
        """Serve a page with the tag. Returns its address."""
        path = f"/pages/{len(self.pages)}"
        tag = f'<script src="http://{SERVER}:{self.port}/s/{SITE_ID}.js"></script>'
        self.pages[path] = PAGE.replace("HEAD", tag).replace("BODY", body).replace("NONCE", "")
        return self.origin + path

    def methods(self) -> list[str]:
        """How each record there is was given, oldest first."""
        store = Store.open(f"sqlite:///{self.folder / 'data' / 'consent.sqlite3'}")
        try:
            return [str(entry.record.fields["method"]) for entry in store.stream(SITE_ID)]
        finally:
            store.close()

    def close(self) -> None:
        """Stop everything."""
        self._wire.close()
        self._pages.shutdown()
        self._pages.server_close()
        if not self.killed.is_set():
            self.kill()

    def _page(self, environ: object, start: object) -> object:
        request = Request(environ)  # type: ignore[arg-type]
        text = self.pages.get(request.path)
        response = Response(text, mimetype="text/html") if text else Response(status=404)
        return response(environ, start)  # type: ignore[arg-type]

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._wire.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        """One request to the server and its answer back, or as much of it as there will be."""
        with client:
            request = _read(client)
            cut = self.kill_at if request.startswith(b"POST ") and b"/decision" in request[:200] else ""
            if cut == "asked":
                return self._cut()
            try:
                inside = socket.create_connection(("127.0.0.1", self._inside), timeout=10)
            except OSError:
                return None  # as if nothing listened
            with inside:
                inside.sendall(request)
                if cut == "working":
                    return self._cut()
                answer = b""
                try:
                    while part := inside.recv(65_536):
                        answer += part
                except OSError:
                    return None
                if cut == "answered":
                    return self._cut()
                client.sendall(answer)
        return None

    def _cut(self) -> None:
        self.kill_at = ""
        self.kill()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _read(client: socket.socket) -> bytes:
    """A whole request, with its connection to be closed after it (RFC 9112 §9.6)."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65_536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += client.recv(65_536)
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
