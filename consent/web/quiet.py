"""The module that keeps a vendor quiet once its yes is taken back: `static/src/quiet.js` with the hosts of the site's
vendors before it. Only who has chosen and comes to choose anew loads it."""

from __future__ import annotations

import json

from .. import assets
from ..site.model import Site


def module(site: Site) -> str:
    """The module of a site."""
    return f"const HOSTS={json.dumps(hosts(site), separators=(',', ':'))};{assets.text('quiet.js').strip()}"


def hosts(site: Site) -> dict[str, tuple[str, ...]]:
    """The hosts of each purpose/vendor. In advanced mode Google's tags go on without a yes, so theirs are left out."""
    advanced = site.google.mode == "advanced"
    return {
        name: vendor.hosts
        for name, _, vendor in site.vendors()
        if vendor.hosts and not (advanced and vendor.consent_mode)
    }
