"""WebKit, as GTK's MiniBrowser has it, on a screen that nobody sees. Another wish is another start of it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from .engine import Engine, Wishes, end, program
from .wire import Http, Wire

READY = 60  # seconds that the driver may take to listen
CLEAR = """
const done = arguments[arguments.length - 1];
localStorage.clear();
sessionStorage.clear();
// A page goes by its own copy of the cookies, which hears of their end a moment later.
const forgotten = () => document.cookie ? new Promise(resolve => setTimeout(resolve, 10)).then(forgotten) : true;
const gone = ({ name }) => new Promise(resolve => {
  Object.assign(indexedDB.deleteDatabase(name), { onsuccess: resolve, onerror: resolve });
});
indexedDB.databases().then(all => Promise.all(all.map(gone))).then(forgotten).then(done);
"""


class WebKit(Engine):
    """`WebKitWebDriver` and the MiniBrowser of the same library; MINIBROWSER may name another."""

    name = "webkit"

    def __init__(self, folder: Path) -> None:
        driver = program("webkit2gtk-driver", "WebKitWebDriver")
        screen = program("xvfb", "Xvfb")
        self._browser = os.environ.get("MINIBROWSER") or _browser()
        self._wire: Http | None = None
        self._out = folder / "out.txt"
        self._xvfb, display = _screen(screen)
        for name in ("home", "run"):
            (folder / name).mkdir(mode=0o700)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "WAYLAND_"))},
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "GTK_A11Y": "none",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "NO_AT_BRIDGE": "1",
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        with self._out.open("wb") as out:
            command = [driver, f"--port={self._port}"]
            self._driver = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        self._wishes = Wishes()
        try:
            self._wait()
            self.version = str(self._start(self._wishes).capabilities["browserVersion"])
        except BaseException:
            end(self._driver, self._xvfb)
            raise

    def fresh(self, wishes: Wishes, page: str) -> Wire:
        if self._wire is None or wishes != self._wishes:
            return self._start(wishes)
        self._wire.call("SwitchToFrame", id=None)
        self._wire.call("Navigate", url=page)
        self._wire.call("DeleteAllCookies")
        if wishes.cookies and wishes.javascript:
            assert self._wire.call("ExecuteAsyncScript", script=CLEAR, args=[])
        return self._wire

    def _start(self, wishes: Wishes) -> Http:
        if self._wire:
            self._wire.close()
        self._wire = None
        arguments = ["--automation"]
        if not wishes.javascript:
            arguments.append("--enable-javascript=false")
        if not wishes.cookies:
            arguments.append("--cookies-policy=never")
        if wishes.dark:
            arguments.append("--dark-mode")
        assert not wishes.gpc and not wishes.dnt, "WebKit sends neither signal."
        self._wire = Http(self._port, {"webkitgtk:browserOptions": {"binary": self._browser, "args": arguments}})
        self._wishes = wishes
        return self._wire

    def close(self) -> None:
        if self._wire:
            self._wire.close()
        end(self._driver, self._xvfb)

    def _wait(self) -> None:
        late = time.monotonic() + READY
        while time.monotonic() < late:
            assert self._driver.poll() is None, self._out.read_text(encoding="utf-8")
            with socket.socket() as attempt:
                attempt.settimeout(1)
                if attempt.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"WebKitWebDriver does not listen: {self._out.read_text(encoding='utf-8')}")


def _browser() -> str:
    found = sorted(map(str, Path("/usr").glob("lib*/*/webkit*gtk-4*/MiniBrowser")))
    found += sorted(map(str, Path("/usr").glob("lib*/webkit*gtk-*/MiniBrowser")))
    assert found, "There is no MiniBrowser: install Debian's package webkit2gtk-driver, or let .ci/system do it."
    return found[-1]


def _screen(path: str) -> tuple[subprocess.Popen[bytes], str]:
    """A screen of its own, with the number that it found free."""
    read, write = os.pipe()
    command = [path, "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        number = answer.readline().strip()
    assert number, "Xvfb did not start."
    return process, f":{number.decode()}"
