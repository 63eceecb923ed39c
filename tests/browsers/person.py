"""A person at a browser of any engine: what they see, and what they do with pointer and keys."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from .wire import ELEMENT, Refused, Wire

BOUND = 15  # seconds that anything may take
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008", "Space": " "}
AWAY = ("unknown error", "javascript error", "no such window", "no such frame", "stale element reference")

# What expressions may use: `all` and `one` find elements also in the shadow root of a tag's banner, `active` has the
# focus, `given` is what was handed over, `hit` what a pointer at a place would hit.
WORDS = """
const given = arguments;
const roots = [document, ...[...document.querySelectorAll("consent-banner")].flatMap(host => host.shadowRoot || [])];
const all = selector => roots.flatMap(root => [...root.querySelectorAll(selector)]);
const one = selector => all(selector)[0];
const seen = selector => all(selector).find(element => element.checkVisibility());
const hit = (x, y) => {
  let at = document.elementFromPoint(x, y);
  for (let inner; (inner = at?.shadowRoot?.elementFromPoint(x, y)) && inner !== at; ) at = inner;
  return at;
};
let active = document.activeElement;
while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
"""
POINT = """(() => {
  const element = seen(given[0]);
  if (!element) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const { left, top, width, height } = element.getBoundingClientRect();
  const x = Math.floor(left + width / 2), y = Math.floor(top + height / 2), at = hit(x, y);
  return at && (element.contains(at) || at.closest("label")?.control === element) ? [x, y] : null;
})()"""
STORED = """
const done = arguments[arguments.length - 1];
const names = databases => ({
  local: Object.keys(localStorage),
  session: Object.keys(sessionStorage),
  databases: databases.map(each => each.name),
});
indexedDB.databases().then(all => done(names(all)), error => done({ error: [String(error)] }));
"""
# Whatever a page would ask for by itself it has asked for by then: a request of the test's own came back after it.
SETTLE = """
const done = arguments[arguments.length - 1];
const go = () => requestAnimationFrame(() => setTimeout(() => fetch("/plain").then(() => setTimeout(done, 20, true))));
if (document.readyState === "complete") go();
else addEventListener("load", go);
"""
STANDS = "one('#consent[role=dialog]')?.checkVisibility() || false"
ACKNOWLEDGED = "window.consent?.record && !consent.record.p && !localStorage.consent_pending || false"
BUTTON = "#consent-form > .consent-buttons button[value={}]"


class Person:
    """At `wire`'s browser."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    # what they see

    def sees(self, expression: str, *given: Any) -> Any:
        """What an expression of the page gives."""
        return self.wire.call("ExecuteScript", script=f"{WORDS}return {expression};", args=list(given))

    def until(self, expression: str, *given: Any) -> Any:
        """Wait until the page says so."""
        end, found = time.monotonic() + BOUND, None
        while time.monotonic() < end:
            try:
                if found := self.sees(expression, *given):
                    return found
            except Refused as refused:  # the page is being left
                if refused.kind not in AWAY:
                    raise
                found = refused
            time.sleep(0.02)
        raise AssertionError(f"never came true: {expression} {given} (last: {found!r})")

    def stored(self) -> dict[str, list[str]]:
        """The names of all that the site has stored."""
        found: dict[str, list[str]] = self.wire.call("ExecuteAsyncScript", script=STORED, args=[])
        cookies = sorted(cookie["name"] for cookie in self.wire.call("GetCookies"))
        return {"cookies": cookies, **{kind: sorted(names) for kind, names in found.items()}}

    def settles(self) -> None:
        """Wait until the page has loaded all that it will."""
        assert self.wire.call("ExecuteAsyncScript", script=SETTLE, args=[])

    def ran(self, *names: str) -> None:
        """Wait for these scripts; then see that no other ran, and each once."""
        self.until("window.ran?.length >= given[0]", len(names))
        self.settles()
        assert sorted(self.sees("window.ran")) == sorted(names)

    def is_asked(self) -> None:
        """Wait until the banner stands and answers."""
        self.until(STANDS)

    def is_left_alone(self) -> None:
        """Nothing stands over the page."""
        self.until("document.readyState === 'complete'")
        assert not self.sees("all('#consent, #consent-dialog').some(each => each.checkVisibility())")

    def picture(self, path: Path) -> None:
        """A picture of what is on the screen."""
        path.write_bytes(base64.b64decode(self.wire.call("TakeScreenshot", full=False)))

    # what they do

    def goes(self, url: str, banner: bool | None = None) -> None:
        """Open a page. With `banner` True wait until the banner answers, with False see that there is none."""
        self.wire.call("Navigate", url=url)
        if banner:
            self.is_asked()
        elif banner is False:
            self.is_left_alone()

    def clicks(self, selector: str) -> None:
        """Move the pointer to the middle of what is there to be seen, and press."""
        x, y = self.until(POINT, selector)
        moves = [
            {"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._acts({"type": "pointer", "id": "pointer", "parameters": {"pointerType": "mouse"}, "actions": moves})

    def presses(self, *names: str) -> None:
        """Press keys, one after the other; `Shift+Tab` holds the first down."""
        for name in names:
            keys = [KEYS.get(key, key) for key in name.split("+")]
            down = [{"type": "keyDown", "value": key} for key in keys]
            up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
            self._acts({"type": "key", "id": "keys", "actions": [*down, *up]})

    def tabs_to(self, selector: str, most: int = 40) -> int:
        """Press Tab until something has the focus; how often it took."""
        for pressed in range(most):
            if self.sees("document.hasFocus() && active.matches(given[0])", selector):
                return pressed
            self.presses("Tab")
        raise AssertionError(f"{most} times Tab do not lead to {selector}")

    def goes_back(self) -> None:
        self.wire.call("Back")

    def finds_and_clicks(self, selector: str) -> None:
        """The browser's own click, which needs no script in the page."""
        found = self.wire.call("FindElement", using="css selector", value=selector)
        self.wire.call("ElementClick", id=found[ELEMENT])

    def accepts(self) -> None:
        """Accept all on the banner; ends when the record is there."""
        self.clicks(BUTTON.format("accept_all"))
        self.is_acknowledged()
        self.until("!!consent.record.i")

    def refuses(self) -> None:
        """Refuse all on the banner; ends when the server has recorded it."""
        self.clicks(BUTTON.format("reject_all"))
        self.is_acknowledged()

    def opens_centre(self) -> None:
        """The preference centre: by the banner's button, else by the link that stands on every page."""
        choose = BUTTON.format("choose")
        self.clicks(choose if self.sees("!!seen(given[0])", choose) else "[data-consent-open]")
        self.until("one('#consent-dialog[open]')?.checkVisibility() || false")

    def chooses(self, *purposes: str, without: str = "") -> None:
        """Tick these purposes in the open centre, and nothing else; leave a vendor out; save."""
        for box in self.sees("all('#consent-dialog [name=purpose]').map(box => [box.value, box.checked])"):
            if (box[0] in purposes) is not box[1]:
                self.clicks(f"#consent-dialog [name=purpose][value={box[0]}]")
        if without:
            box = f"[name=except][value='{without}']"
            self.clicks(f"#consent-dialog details:has({box}) > summary")
            self.clicks(f"#consent-dialog {box}")
        self.clicks("#consent-dialog button[value=save]")
        self.is_acknowledged()

    def is_acknowledged(self) -> None:
        """The server's answer is in the browser, and nothing waits to be sent."""
        self.until(ACKNOWLEDGED)

    def leaves(self, selector: str) -> None:
        """Click something that loads the page again; ends on the new one."""
        self.sees("(window.old = true)")
        self.clicks(selector)
        self.until("!window.old && document.readyState === 'complete'")

    def _acts(self, source: dict[str, Any]) -> None:
        try:
            self.wire.call("PerformActions", actions=[source])
        except Refused as refused:  # the page was left before the browser had said that it was done
            if refused.kind not in AWAY:
                raise
