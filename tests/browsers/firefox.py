"""Firefox (Gecko), without windows. What a test wishes is set by its preferences while it runs."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from .engine import Engine, Wishes, end, program
from .wire import Marionette, Wire

READY = 60  # seconds that it may take to listen
SIZE = (1100, 800)

# It asks nobody for anything by itself, and has few processes.
SETTINGS: dict[str, Any] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "extensions.update.enabled": False,
    "marionette.port": 0,  # any that is free
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.http.speculative-parallel-limit": 0,
    "network.prefetch-next": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,",
}
CLEAR = """
const [prefs, done] = arguments;
for (const [name, value] of Object.entries(prefs)) {
  if (value === null) Services.prefs.clearUserPref(name);
  else if (typeof value === "boolean") Services.prefs.setBoolPref(name, value);
  else Services.prefs.setIntPref(name, value);
}
const { CLEAR_COOKIES, CLEAR_DOM_STORAGES, CLEAR_ALL_CACHES, CLEAR_PERMISSIONS } = Ci.nsIClearDataService;
Services.clearData.deleteData(CLEAR_COOKIES | CLEAR_DOM_STORAGES | CLEAR_ALL_CACHES | CLEAR_PERMISSIONS, () => done(0));
"""


def _settings(wishes: Wishes) -> dict[str, bool | int | None]:
    return {
        "javascript.enabled": wishes.javascript,
        "network.cookie.cookieBehavior": None if wishes.cookies else 2,  # nobody may
        "layout.css.prefers-color-scheme.content-override": 0 if wishes.dark else 1,
        "privacy.globalprivacycontrol.enabled": wishes.gpc,
        "privacy.globalprivacycontrol.functionality.enabled": True,
        "privacy.donottrackheader.enabled": wishes.dnt,
    }


class Firefox(Engine):
    """`firefox-esr`, else `firefox`; FIREFOX may name another."""

    name = "firefox"

    def __init__(self, folder: Path) -> None:
        path = os.environ.get("FIREFOX") or program("firefox-esr", "firefox-esr", "firefox")
        profile = folder / "profile"
        profile.mkdir()
        lines = (f'user_pref("{name}", {_written(value)});\n' for name, value in SETTINGS.items())
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        command = [path, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
        command += ["--profile", str(profile), "about:blank"]
        self._out = folder / "out.txt"
        environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            self._wire = Marionette(self._port(profile / "MarionetteActivePort"))
            self.version = str(self._wire.capabilities["browserVersion"])
            self._wire.call("SetWindowRect", width=SIZE[0], height=SIZE[1])
        except BaseException:
            end(self._process)
            raise

    def fresh(self, wishes: Wishes, page: str) -> Wire:
        call = self._wire.call
        old = call("GetWindowHandle")
        call("SwitchToWindow", handle=call("NewWindow", type="tab")["handle"], focus=True)
        new = call("GetWindowHandle")
        call("SwitchToWindow", handle=old)
        call("CloseWindow")
        call("SwitchToWindow", handle=new)
        call("Marionette:SetContext", value="chrome")
        call("ExecuteAsyncScript", script=CLEAR, args=[_settings(wishes)])
        call("Marionette:SetContext", value="content")
        return self._wire

    def close(self) -> None:
        self._wire.close()
        end(self._process)

    def _port(self, file: Path) -> int:
        late = time.monotonic() + READY
        while time.monotonic() < late:
            assert self._process.poll() is None, self._out.read_text(encoding="utf-8")
            if file.exists() and (text := file.read_text(encoding="ascii")):
                return int(text)
            time.sleep(0.05)
        raise AssertionError(f"Firefox does not listen: {self._out.read_text(encoding='utf-8')}")


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
