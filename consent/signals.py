"""What the browser says about tracking, by header and by script. Pure.

`DNT` is `1`, `0` or absent (W3C Tracking Preference Expression §5.2.1); only exactly `Sec-GPC: 1` counts
(Global Privacy Control §3.3). What scripts saw (`navigator.doNotTrack`, `navigator.globalPrivacyControl`)
is noted beside them, because the two can differ and an auditor should see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

_JS_DNT = frozenset({"1", "0", "yes", "no", "unspecified"})
_JS_GPC = frozenset({"true", "false", "1", "0"})


class Headers(Protocol):
    """Whatever gives a header's value by its name."""

    def get(self, name: str, /) -> str | None:
        """The value, or None."""


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals that came with a request; None where nothing, or nothing valid, was said."""

    dnt: str | None = None
    gpc: str | None = None
    js_dnt: str | None = None
    js_gpc: str | None = None

    @property
    def opts_out(self) -> bool:
        """Whether Global Privacy Control is on, as the header or the script says."""
        return self.gpc == "1" or self.js_gpc in ("true", "1")

    @property
    def declines(self) -> bool:
        """Whether Do Not Track is on, as the header or the script says (TPE §5.2, with the "yes" of old browsers)."""
        return self.dnt == "1" or self.js_dnt in ("1", "yes")

    def as_dict(self) -> dict[str, str]:
        """Only those that were there, for the record."""
        pairs = (("dnt", self.dnt), ("gpc", self.gpc), ("js_dnt", self.js_dnt), ("js_gpc", self.js_gpc))
        return {name: value for name, value in pairs if value is not None}


NONE = Signals()


def read(headers: Headers, js_dnt: str = "", js_gpc: str = "") -> Signals:
    """Signals from header values under the names `DNT` and `Sec-GPC`, and from what the script reported."""
    dnt, gpc = headers.get("DNT"), headers.get("Sec-GPC")
    return Signals(
        dnt=dnt if dnt in ("1", "0") else None,
        gpc="1" if gpc == "1" else None,
        js_dnt=js_dnt if js_dnt in _JS_DNT else None,
        js_gpc=js_gpc if js_gpc in _JS_GPC else None,
    )
