"""WebDriver (W3C), which both engines understand: Firefox at a socket of its own (Marionette), WebKit over HTTP."""

from __future__ import annotations

import json
import socket
from abc import ABC, abstractmethod
from http.client import HTTPConnection
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver §12.2: how an element is written in JSON
BOUND = 30  # seconds that one command may take

# WebDriver §6: method and path of each command that is used here
COMMANDS = {
    "Back": ("POST", "back"),
    "DeleteAllCookies": ("DELETE", "cookie"),
    "DeleteSession": ("DELETE", ""),
    "ElementClick": ("POST", "element/{id}/click"),
    "ExecuteAsyncScript": ("POST", "execute/async"),
    "ExecuteScript": ("POST", "execute/sync"),
    "FindElement": ("POST", "element"),
    "GetCookies": ("GET", "cookie"),
    "GetCurrentURL": ("GET", "url"),
    "Navigate": ("POST", "url"),
    "PerformActions": ("POST", "actions"),
    "SetWindowRect": ("POST", "window/rect"),
    "SwitchToFrame": ("POST", "frame"),
    "TakeScreenshot": ("GET", "screenshot"),
}


class Refused(Exception):
    """A command that the browser could not do. `kind` is WebDriver's word for why (§6.6)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Wire(ABC):
    """The way to one browser."""

    @abstractmethod
    def call(self, command: str, **given: Any) -> Any:
        """Have a command done; what it gives."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the browser."""


class Http(Wire):
    """A session of a driver that listens on this machine."""

    def __init__(self, port: int, wishes: dict[str, Any]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=BOUND)
        made = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wishes}})
        self._base = f"/session/{made['sessionId']}"
        self.capabilities: dict[str, Any] = made["capabilities"]

    def call(self, command: str, **given: Any) -> Any:
        method, path = COMMANDS[command]
        way = f"{self._base}/{path.format(**given)}".rstrip("/")
        return self._send(method, way, {**given} if method == "POST" else None)

    def close(self) -> None:
        self.call("DeleteSession")
        self._connection.close()

    def _send(self, method: str, way: str, given: dict[str, Any] | None) -> Any:
        body = None if given is None else json.dumps(given).encode()
        self._connection.request(method, way, body, {"Content-Type": "application/json; charset=utf-8"})
        answer = self._connection.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status >= 400:
            raise Refused(value["error"], value["message"])
        return value


class Marionette(Wire):
    """Firefox's own form: `length:[0, number, command, values]` there, `length:[1, number, error, value]` back."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), BOUND)
        self._read = self._socket.makefile("rb")
        self._number = 0
        hello = self._receive()
        assert hello["marionetteProtocol"] == 3, hello
        self.capabilities: dict[str, Any] = self.call("NewSession")["capabilities"]

    def call(self, command: str, **given: Any) -> Any:
        self._number += 1
        name = command if ":" in command else f"WebDriver:{command}"
        text = json.dumps([0, self._number, name, given]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, number, error, value = self._receive()
        assert number == self._number
        if error:
            raise Refused(error["error"], error["message"])
        return value["value"] if isinstance(value, dict) and list(value) == ["value"] else value

    def close(self) -> None:
        self._read.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while (digit := self._read.read(1)) != b":":
            if not digit:
                raise ConnectionError("Firefox has gone away.")
            length += digit
        return json.loads(self._read.read(int(length)))
