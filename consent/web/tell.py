"""How vendors' scripts are told of the answers: the pieces of the snippet that a site needs for it, and what they know.

A type of consent is granted when every vendor that rests on it is allowed. Google's and Microsoft's types hold for a
whole page, not for one product, so a yes to one vendor must not open what another was refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

from ..site.model import Call, ConsentMode, Site, Vendor
from ..site.standard import NECESSARY

TAG_MANAGER = "gtm"  # the id of the known vendor
# Purposes that the categories of the WP Consent API stand for. A site without one of these denies its category.
CATEGORIES = {
    "functional": "necessary",
    "preferences": "functional",
    "statistics-anonymous": "analytics",
    "statistics": "analytics",
    "marketing": "marketing",
}


def pieces(site: Site) -> list[str]:
    """The built files, those that speak first further left."""
    found = [name for name, (needed, _) in _PIECES.items() if needed(site)]
    shared = ["changes.js"] if found else []
    lasting = site.after_withdrawal == "event" and _any(lambda vendor: vendor.hosts)(site)
    return [*found, *shared, *(["fetch.js"] if lasting else [])]


def configuration(site: Site) -> dict[str, Any]:
    """What these pieces are told; each says what its letters mean."""
    found: dict[str, Any] = {}
    for needed, told in _PIECES.values():
        if needed(site):
            found.update(told(site))
    return found


def _names(site: Site, fits: Callable[[Vendor], bool]) -> str:
    """All whose yes it needs, as `consent.allows` takes them; "" is never allowed."""
    return " ".join(name for name, _, vendor in site.vendors() if fits(vendor))


def _consent_mode(site: Site) -> dict[str, Any]:
    types = {
        type_: " ".join(name for name, _, vendor in site.vendors() if type_ in vendor.consent_mode)
        for type_ in get_args(ConsentMode)
    }
    # Signing in and warding off fraud are necessary, unless a vendor claims the type for something else.
    types["security_storage"] = types["security_storage"] or NECESSARY
    return {"m": types, "c": site.google.wait_for_update}


def _google_switches(site: Site) -> dict[str, Any]:
    switches = {"ads_data_redaction": site.google.redact_ads_data, "url_passthrough": site.google.url_passthrough}
    return {"i": [name for name, on in switches.items() if on]}


def _uet(site: Site) -> dict[str, Any]:
    return {"q": {"ad_storage": _names(site, lambda vendor: vendor.uet_consent)}}


def _clarity(site: Site) -> dict[str, Any]:
    # Its advertising storage serves Microsoft Advertising: it needs the yes to that, and without one stays denied.
    advertising = _names(site, lambda vendor: vendor.uet_consent)
    return {
        "y": {"ad_Storage": advertising, "analytics_Storage": _names(site, lambda vendor: vendor.clarity_consentv2)}
    }


def calls(site: Site) -> str:
    """What to call for each vendor that can be switched off or on, as JavaScript: `{"purpose/vendor":{denied:()=>…}}`.

    Each call was read as data (`site/calls.py`): names with points between them, then plain values.
    """
    # After a withdrawal such a page begins anew, and with it the vendor's script: there is nothing to switch on again.
    lasting = site.after_withdrawal == "event"
    found = {}
    for name, _, vendor in site.vendors():
        states = {"denied": vendor.opt_out, "granted": vendor.opt_in if lasting else None}
        if told := ",".join(f"{state}:{_call(call)}" for state, call in states.items() if call):
            found[name] = f"{{{told}}}"
    return "{" + ",".join(f"{json.dumps(name)}:{told}" for name, told in found.items()) + "}"


def _call(call: Call) -> str:
    return f"()=>window.{call.path}({json.dumps(call.args, separators=(',', ':'))[1:-1]})"


def _categories(site: Site) -> dict[str, Any]:
    return {"n": {category: purpose if site.purpose(purpose) else "" for category, purpose in CATEGORIES.items()}}


def _any(fits: Callable[[Vendor], Any]) -> Callable[[Site], bool]:
    return lambda site: any(fits(vendor) for _, _, vendor in site.vendors())


# In the order in which they speak when an answer changes.
_PIECES: dict[str, tuple[Callable[[Site], bool], Callable[[Site], dict[str, Any]]]] = {
    "consentmode.js": (
        lambda site: site.google.mode == "advanced" or _any(lambda v: v.consent_mode or v.id == TAG_MANAGER)(site),
        _consent_mode,
    ),
    "googleset.js": (lambda site: bool(_google_switches(site)["i"]), _google_switches),
    "uet.js": (_any(lambda vendor: vendor.uet_consent), _uet),
    "clarity.js": (_any(lambda vendor: vendor.clarity_consentv2), _clarity),
    "calls.js": (lambda site: calls(site) != "{}", lambda _: {}),
    "wp.js": (lambda site: site.wp_consent_api, _categories),
    "events.js": (lambda site: site.data_layer or _any(lambda v: v.id == TAG_MANAGER)(site), lambda _: {}),
}
