"""What the pages of the tests have in them: things of vendors that wait for a yes."""

from __future__ import annotations


def gated(names: str, text: str = "", attributes: str = "") -> str:
    """A script that waits for purposes, or for a vendor."""
    return f'<script type="text/plain" data-consent="{names}" nonce="NONCE" {attributes}>{text}</script>'


# Each stores something in every way there is, as their site file declares.
MEADOW = """
document.cookie = "_mdw_id=1; Path=/; Max-Age=9999";
localStorage.mdw_client = sessionStorage.mdw_visit = 1;
ran.push("meadow stores");
"""
LANTERN = """
document.cookie = "_ltn=1; Path=/; Max-Age=9999";
indexedDB.open("lantern_db").onsuccess = event => { event.target.result.close(); ran.push("lantern stores"); };
"""
EVERYTHING = "".join(
    (
        gated("analytics/meadow", attributes='src="VENDOR/meadow.js"'),
        gated("analytics/meadow", MEADOW),
        gated("analytics/brook", attributes='src="VENDOR/brook.js"'),
        gated("marketing/lantern", attributes='src="VENDOR/lantern.js"'),
        gated("marketing/lantern", LANTERN),
        '<img data-consent="marketing" data-src="VENDOR/dot.svg" alt="">',
    )
)
OF_MEADOW = ("meadow", "meadow stores")
OF_BROOK = ("brook",)
OF_LANTERN = ("lantern", "lantern stores")
ALL = (*OF_MEADOW, *OF_BROOK, *OF_LANTERN)
FILES = ["brook.js", "dot.svg", "lantern.js", "meadow.js"]

FILM = """<div data-consent="marketing" class="consent-placeholder"><p>Shut</p>
<button type="button" data-consent-ask="marketing">Allow</button>
<template><iframe id="film" src="VENDOR/frame" title="Film"></iframe></template></div>"""
NOTHING = {"cookies": [], "databases": [], "local": [], "session": []}
