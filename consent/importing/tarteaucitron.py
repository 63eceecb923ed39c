"""tarteaucitron: `tarteaucitron.init({…})` and the services that are pushed to `tarteaucitron.job`.

What a service stores stands in that tool and not in its configuration, so it comes from the list of known trackers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from consent.site import trackers
from consent.site.mistakes import short
from consent.site.model import Layout
from consent.site.values import MOST_WORDS

from . import items, reasons, texts
from .draft import Draft, Imported, Item, Purpose, Service
from .names import cookie_name
from .report import Report, Table
from .settle import settle
from .source import Source

# Its name for a service → who makes it, as the list of trackers calls them, and what it is for.
KNOWN: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("gtag", "multiplegtag", "analytics", "gajs", "ga4"), ("Google Analytics", "analytics")),
    "googletagmanager": ("Google Tag Manager", "analytics"),
    "multiplegoogletagmanager": ("Google Tag Manager", "analytics"),
    **dict.fromkeys(("matomo", "matomocloud", "matomohightrack", "matomotm"), ("Matomo", "analytics")),
    "clarity": ("Microsoft Clarity", "analytics"),
    "hotjar": ("Hotjar", "analytics"),
    "mixpanel": ("Mixpanel", "analytics"),
    "amplitude": ("Amplitude", "analytics"),
    "posthog": ("PostHog", "analytics"),
    "facebookpixel": ("Meta", "marketing"),
    "googleads": ("Google Ads", "marketing"),
    "gcmads": ("Google Ads", "marketing"),
    "adsense": ("Google Ads", "marketing"),
    "linkedininsighttag": ("LinkedIn", "marketing"),
    "tiktok": ("TikTok", "marketing"),
    "bingads": ("Microsoft Advertising", "marketing"),
    "pinterestpixel": ("Pinterest", "marketing"),
    "criteo": ("Criteo", "marketing"),
    "hubspot": ("HubSpot", "marketing"),
}
TYPES = {"ads": "marketing", "analytic": "analytics"}
EXTERNAL = "external"
POSITIONS: Mapping[str, Layout] = {"bottom": "bar", "middle": "centre"}
PAGE_LOADING = """
    hashtag adblocker useExternalCss useExternalJs refreshOnDeny dataLayer serverSide partnersList
"""
LOOKS = """
    groupServices showDetailsOnClick showAlertSmall cookieslist cookieslistEmbed closePopup showIcon iconSrc
    iconPosition removeCredit moreInfoLink readmoreLink bodyPosition customCloserId showTitleBanner
"""
MODES = (
    "googleConsentMode",
    "bingConsentMode",
    "softConsentMode",
    "pianoConsentMode",
    "pianoConsentModeEssential",
    "matomoConsentMode",
)
UNSAID = "The configuration does not say what this service stores. Declare its items, and the vendor."


def find(source: Source) -> Iterator[dict[str, Any]]:
    """What the file says to the tool, as one table."""
    started = next(source.passed("tarteaucitron.init"), None)
    user = dict(_under(source, "tarteaucitron.user."))
    own = dict(_under(source, "tarteaucitron.services."))
    job = [value for call in source.calls if call.name == "tarteaucitron.job.push" for value in call.arguments]
    if started is not None or user or own or job:
        found: dict[str, Any] = {"init": started or {}, "user": user, "services": own, "job": job}
        language = source.assigned.get("tarteaucitronForceLanguage")
        yield found if language is None else {**found, "tarteaucitronForceLanguage": language}
    for table in source.tables():
        if "init" in table and "job" in table:
            yield table
        elif {"highPrivacy", "AcceptAllCta", "hashtag"} & set(table):
            yield {"init": table}


def _under(source: Source, prefix: str) -> Iterator[tuple[str, Any]]:
    return ((key.removeprefix(prefix), value) for key, value in source.assigned.items() if key.startswith(prefix))


def convert(config: Mapping[str, Any], language: str = "en") -> Imported:
    """What of it a site file can say."""
    report, draft = Report(), Draft("tarteaucitron")
    top = report.table(config)
    said = top.take("tarteaucitronForceLanguage", str)
    tag = (texts.language(report, top.at("tarteaucitronForceLanguage"), said) if said else "") or language
    draft.languages = [tag]
    draft.stored = "tarteaucitron"
    _init(top.inner("init"), draft)
    if (user := top.inner("user")) is not None:
        why = "What a script needs stands in the page. Mark the script there: data-consent. docs/mounting.md"
        user.leave(why, *user.raw)
    own: set[str] = set()
    for key, table in services.named() if (services := top.inner("services")) else ():
        own |= {key, table.raw["key"]} if isinstance(table.raw.get("key"), str) else {key}
        _own(table, draft, key)
    for path, name in top.entries("job"):
        if not isinstance(name, str):
            report.leave(path, "This is no name of a service.")
        elif name not in own:
            _known(report, draft, path, name)
    return settle(draft, report)


def _init(table: Table | None, draft: Draft) -> None:
    if table is None:
        return
    texts.policy(draft, table, "privacyUrl")
    texts.domain(draft, table, "cookieDomain")
    draft.stored = cookie_name(table.raw.get("cookieName"), draft.stored)
    table.leave(reasons.OLD_COOKIE, "cookieName")
    table.leave(reasons.LIFETIME, "expireCookie", "expireInDay")
    table.leave(reasons.LOADING, *PAGE_LOADING.split())
    table.leave(reasons.LOOK, *LOOKS.split())
    table.leave("Consent modes belong to the vendors' scripts, which run after a yes.", *MODES)
    for key in ("DenyAllCta", "AcceptAllCta"):
        table.same(key, True, otherwise=reasons.EQUAL)
    for key in ("highPrivacy", "alwaysNeedConsent"):
        table.same(key, True, otherwise=reasons.DEFAULT_ON)
    table.same("serviceDefaultState", "wait", False, otherwise=reasons.DEFAULT_ON)
    draft.honour_dnt = table.take("handleBrowserDNTRequest", bool) is True
    table.same("mandatory", True, otherwise="What is necessary is always shown. [GDPR 13]")
    table.leave(reasons.BUILT_IN, "mandatoryCta")
    orientation = table.take("orientation", str)
    if orientation is not None:
        draft.layout = POSITIONS.get(orientation)
        if draft.layout is None:
            table.report.leave(table.at("orientation"), reasons.LOOK)


def _purpose(draft: Draft, name: str, path: str, needed: bool = False) -> Purpose:
    purpose = draft.purpose(name, path, needed)
    if purpose.id == EXTERNAL and not purpose.name:
        purpose.name = {"en": "External content"}
        purpose.text = {"en": "Shows videos, maps and posts of others, who learn that you see them."}
        purpose.assumed = True
    return purpose


def _own(table: Table, draft: Draft, key: str) -> None:
    """A service that the site describes itself."""
    kind = table.take("type", str) or ""
    needed = table.take("needConsent", bool) is False and kind not in TYPES
    if kind in TYPES:
        table.report.leave(table.at("needConsent"), reasons.NEED) if table.raw.get("needConsent") is False else None
    purpose = _purpose(draft, "necessary" if needed else TYPES.get(kind, EXTERNAL), table.path, needed)
    name = texts.take_words(table, "name", False, MOST_WORDS) or table.take("key", str) or key
    table.take("key", str)
    service = Service(name, table.path, (table.take("uri", str) or "").strip(), key)
    purpose.services.append(service)
    draft.marks[key] = purpose, service
    for path, cookie in table.entries("cookies"):
        items.add(table.report, purpose, path, cookie, text={})
    table.leave(reasons.CODE, "js", "fallback")
    table.leave(reasons.SERVICE, "readmoreLink")


def _known(report: Report, draft: Draft, path: str, name: str) -> None:
    """A service of the tool's own, by its name."""
    maker, meant = KNOWN.get(name.lower(), ("", EXTERNAL))
    purpose = _purpose(draft, meant, path)
    service = Service(maker or short(name), path, key=name)
    purpose.services.append(service)
    draft.marks[name] = purpose, service
    stored = trackers.made_by(maker) if maker else ()
    purpose.items += [Item(item, path, assumed=True) for item in stored]
    if stored:
        report.leave(path, f"What {maker} is known to store is declared. Compare it with what your site shows.")
    else:
        report.leave(path, f"“{short(name)}” stands under “{purpose.id}”. {UNSAID}")
