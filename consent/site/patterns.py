"""What regulators forbid or ask for, as checks over a site. Each names the key, what is wrong, what would be right,
and its source; R numbers are those of the list in `docs/site-file.md`.

An error is what would make a yes invalid or a declaration untrue; a warning is what a site may have a reason for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..locale import available, match
from ..regimes import LONGEST_DAYS
from . import durations, trackers
from .mistakes import Path, Report, Severity, nearest, short
from .model import Duration, Purpose, Site, StoredItem, Text, Vendor, heard
from .standard import NECESSARY, STANDARD
from .transfers import needs_safeguard
from .wording import ENDLESS, FORBIDDEN

OPTIONAL_DAYS = 397  # 13 months. CNIL 2020-091, for trackers that measure audiences
FEW = 12  # languages that a message always names
CAPPED_DAYS = 400  # browsers keep no cookie longer. RFC 6265bis 5.5


class Found:
    """A site under examination: its values, where they stand in the file, and the report."""

    def __init__(self, site: Site, data: Mapping[str, Any], report: Report) -> None:
        self.site, self.data, self.report = site, data, report

    def say(self, path: Path, problem: str, remedy: str, source: str, severity: Severity = "error") -> None:
        """Note an error, or what `severity` says."""
        self.report.add(path, problem, remedy, source, severity)

    def warn(self, path: Path, problem: str, remedy: str, source: str) -> None:
        """Note a warning."""
        self.say(path, problem, remedy, source, "warning")

    def items(self, purpose: Purpose) -> Iterator[tuple[Path, StoredItem]]:
        """Everything that is stored for a purpose, by the site or a vendor, with its place."""
        for owner, items in (
            (("purposes", purpose.id), purpose.items),
            *((("vendors", vendor.id), vendor.items) for vendor in purpose.vendors),
        ):
            for item in items:
                yield self._place(owner, item), item

    def vendors(self) -> Iterator[Vendor]:
        """Each vendor that a purpose names, once."""
        yield from {vendor.id: vendor for purpose in self.site.purposes for vendor in purpose.vendors}.values()

    def declared(self) -> Iterator[Vendor]:
        """Those of them that the file itself declares. The words of the others, known by name, are ours."""
        tables = self.data.get("vendors")
        yield from (vendor for vendor in self.vendors() if isinstance(tables, dict) and vendor.id in tables)

    def texts(self) -> Iterator[tuple[Path, Text, bool]]:
        """Every sentence that the site wrote, with its place and whether it speaks of something optional."""
        for purpose in self.site.purposes:
            place = ("purposes", purpose.id)
            standard = STANDARD.get(purpose.id)
            built_in = (standard.name, standard.text, standard.retention) if standard else ()
            for key, text in (("name", purpose.name), ("text", purpose.text), ("retention", purpose.retention)):
                if (
                    not isinstance(text, Duration)
                    and text
                    and tuple(text.items()) not in [(("en", b),) for b in built_in]
                ):
                    yield (*place, key), text, purpose.asked
            for item in purpose.items:
                if item.text and self._listed(place, item) is not None:
                    yield (*self._place(place, item), "text"), item.text, purpose.asked
        for vendor in self.declared():
            place = ("vendors", vendor.id)
            if vendor.safeguard:
                yield (*place, "safeguard"), vendor.safeguard, False
            for item in vendor.items:
                if item.text:
                    yield (*self._place(place, item), "text"), item.text, False

    def _place(self, owner: Path, item: StoredItem) -> Path:
        index = self._listed(owner, item)
        return (*owner, "items") if index is None else (*owner, "items", index)

    def _listed(self, owner: Path, item: StoredItem) -> int | None:
        """Where an item stands in the file's own list; None for one that is built in."""
        raw: Any = self.data
        for part in (*owner, "items"):
            raw = raw.get(part) if isinstance(raw, dict) else None
        for index, entry in enumerate(raw if isinstance(raw, list) else ()):
            if isinstance(entry, dict) and (entry.get("name"), entry.get("kind", "cookie")) == (item.name, item.kind):
                return index
        return None


def examine(site: Site, data: Mapping[str, Any], report: Report) -> None:
    """Report every forbidden pattern in a site; `data` is the file that it was made from."""
    found = Found(site, data, report)
    for check in CHECKS:
        check(found)


def wording(found: Found) -> None:
    """Guilt, pressure, nagging, walls, closing as a yes, false need."""
    for path, text, optional in found.texts():
        for tag, words in text.items():
            here = (*path, tag) if len(text) > 1 else path
            for rule in FORBIDDEN:
                if (match := rule.pattern.search(words)) and (optional or not rule.only_optional):
                    found.say(here, f"“{short(match[0])}” {rule.problem}", rule.remedy, rule.source)


def basis(found: Found) -> None:
    """Storing on the device needs a yes or strict need; measuring and advertising are never that."""
    for purpose in found.site.purposes:
        path = ("purposes", purpose.id, "basis")
        if purpose.id == NECESSARY and purpose.basis != "necessary":
            found.say(
                path, "What is necessary rests on need alone.", 'Leave it out, or write "necessary".', "ePrivacy 5(3)"
            )
        elif not purpose.asked and trackers.measures(purpose.id):
            found.say(
                path,
                f"Measuring people and advertising need a yes, not “{purpose.basis}”.",
                'Write basis = "consent".',
                "ePrivacy 5(3); Taskforce 2023 ¶24; R1",
            )
        elif purpose.basis in ("legitimate_interest", "legal_obligation") and any(True for _ in found.items(purpose)):
            found.say(
                path,
                f"Storing on the device cannot rest on “{purpose.basis}”.",
                'Write basis = "consent", or move what the service cannot do without to “necessary”.',
                "ePrivacy 5(3); Taskforce 2023 ¶24; R1",
            )


def hidden(found: Found) -> None:
    """Known trackers and known measuring vendors under a purpose that nobody is asked about."""
    for purpose in found.site.purposes:
        if purpose.asked:
            continue
        for path, item in found.items(purpose):
            if who := trackers.maker(item.name):
                found.say(
                    (*path, "name"),
                    f"“{short(item.name)}” is a tracker ({who}), and “{short(purpose.id)}” is not asked.",
                    'Move it to a purpose with basis = "consent", such as analytics or marketing.',
                    "ePrivacy 5(3); GDPR 4(11); EDPB 2/2023; R1, R5",
                )
        for vendor in purpose.vendors:
            if trackers.tracks(vendor.name):
                found.say(
                    ("purposes", purpose.id, "vendors"),
                    f"“{short(vendor.name)}” measures people or advertises, and “{short(purpose.id)}” is not asked.",
                    'Move it to a purpose with basis = "consent".',
                    "ePrivacy 5(3); EDPB 2/2023; R1, R5",
                )


def explicit(found: Found) -> None:
    """Training of models and special categories want a yes of their own; `explicit` is a kind of consent."""
    for purpose in found.site.purposes:
        place = ("purposes", purpose.id)
        if purpose.explicit and not purpose.asked:
            found.say(
                (*place, "explicit"),
                f"There is no explicit yes to what rests on “{purpose.basis}”.",
                'Write basis = "consent", or remove it.',
                "GDPR 4(11)",
            )
        elif trackers.delicate(purpose.id) and not purpose.asked:
            found.warn(
                (*place, "basis"),
                "People expect to be asked before this.",
                'Write basis = "consent" and explicit = true.',
                "GDPR 9(2)(a); EDPB Opinion 28/2024",
            )
        elif trackers.delicate(purpose.id) and not purpose.explicit:
            found.warn(
                (*place, "explicit"),
                "As it stands, Accept all includes this.",
                "Write explicit = true, so that it is ticked on its own.",
                "GDPR 7(2), 9(2)(a)",
            )


def lasting(found: Found) -> None:
    """Nothing is kept for ever, and no tracker longer than thirteen months."""
    for purpose in found.site.purposes:
        path = ("purposes", purpose.id, "retention")
        kept = purpose.retention
        endless = kept.unit == "forever" if isinstance(kept, Duration) else any(map(ENDLESS.search, kept.values()))
        if endless:
            found.say(
                path,
                "Data are not kept for ever.",
                'Say a time, or what ends it: "until you delete your account".',
                "GDPR 5(1)(e), 13(2)(a)",
            )
        for here, item in found.items(purpose):
            _item_lasting(found, purpose, (*here, "duration"), item)


def _item_lasting(found: Found, purpose: Purpose, path: Path, item: StoredItem) -> None:
    days = durations.days(item.duration)
    if item.kind == "cookie" and item.duration.unit == "forever":
        found.say(
            path,
            "No cookie lasts for ever.",
            'Write what is true, such as "13 months".',
            "RFC 6265bis 5.5; GDPR 13(2)(a)",
        )
    elif purpose.asked and days > OPTIONAL_DAYS and (path[0] == "vendors" or item.kind == "cookie"):
        found.warn(
            path, "This stays longer than thirteen months.", 'Write "13 months" or less.', "GDPR 5(1)(e); CNIL 2020-091"
        )
    elif item.kind == "cookie" and days > CAPPED_DAYS:
        found.warn(
            path, "Browsers keep no cookie longer than 400 days.", 'Write "13 months" or less.', "RFC 6265bis 5.5"
        )


def overlaps(found: Found) -> None:
    """Withdrawing deletes what the purpose stored, so nothing may belong to two purposes or to the choice itself."""
    seen: dict[tuple[str, str], Purpose] = {}
    entries = [(p, path, item) for p in found.site.purposes for path, item in found.items(p) if item.name]
    for purpose, path, item in entries:
        other = seen.setdefault((item.kind, item.name), purpose)
        if other is not purpose and (purpose.answerable or other.answerable):
            found.say(
                path,
                f"“{short(item.name)}” belongs to “{short(other.id)}” and “{short(purpose.id)}”: "
                "withdrawing one would delete it for the other.",
                "Leave it with one of them.",
                "GDPR 7(3), Rec. 43; R8, R11",
            )
    for purpose, path, item in entries:
        if not purpose.answerable or not item.name.endswith("*"):
            continue
        for other, _, kept in entries:
            if (
                not other.answerable
                and kept.kind == item.kind
                and kept.name.startswith(item.name[:-1])
                and kept != item
            ):
                found.say(
                    (*path, "name"),
                    f"“{short(item.name)}” would also delete “{short(kept.name)}” of “{short(other.id)}”.",
                    "Write a longer beginning before the *.",
                    "R8",
                )
    for purpose, path, item in entries:
        if purpose.id != NECESSARY and item.kind == "cookie" and item.name == found.site.cookie:
            found.say(
                (*path, "name"),
                "This is the cookie that remembers the choice.",
                "Remove it: it is declared under “necessary” by itself.",
                "R9",
            )


def translated(found: Found) -> None:
    """The banner speaks the page's language: a text in each language that the site names, and in no other."""
    languages = found.site.languages
    if foreign := [tag for tag in languages if not match(available(), tag)]:
        found.warn(
            ("site", "languages"),
            f"We have no words of our own in {', '.join(foreign)}; people will read our English ones.",
            "Leave it out, or add a catalogue: docs/languages.md says how.",
            "EDPB 03/2022; R10",
        )
    for path, text, _ in found.texts():
        spoken = {tag: heard(text, tag) for tag in languages}
        missing = [tag for tag, there in spoken.items() if not there]
        if missing:
            found.warn(
                path,
                f"{_where(missing, [tag for tag in languages if spoken[tag]])}; people will read {next(iter(text))}.",
                _table(languages) if len(text) == 1 else "Add them.",
                "EDPB 03/2022; R10",
            )
        for tag in text:
            if tag not in languages and tag not in spoken.values():
                meant = nearest(tag, languages)
                found.warn(
                    (*path, tag),
                    f"“{tag}” is not among the languages of the site.",
                    f'Did you mean "{meant}"?' if meant else f'Add "{tag}" to site.languages, or remove it.',
                    "R10",
                )


def _where(missing: list[str], there: list[str]) -> str:
    """Which languages a text lacks, by the shorter of the two lists: with sixty of them that is the readable one."""
    if len(missing) <= max(FEW, len(there)):
        return f"There are no words in {', '.join(missing)}"
    if not there:
        return f"There are no words in any of the site’s {len(missing)} languages"
    return f"There are words in {', '.join(there)} alone, and in none of the site’s other {len(missing)} languages"


def _table(languages: tuple[str, ...]) -> str:
    return "Write a table by language: { " + ", ".join(f'{tag} = "…"' for tag in languages[:3]) + " }."


def transfers(found: Found) -> None:
    """A vendor outside the countries of adequate protection needs a safeguard, and people are told of it."""
    for vendor in found.vendors():
        if not vendor.safeguard and needs_safeguard(vendor.country):
            found.warn(
                ("vendors", vendor.id, "safeguard"),
                f"Data go to {vendor.country}, and no safeguard is named.",
                'Name it, such as safeguard = "Standard contractual clauses of the EU".',
                "GDPR 13(1)(f), 46",
            )


def signals(found: Found) -> None:
    """Global Privacy Control binds where Californian law does."""
    if found.site.gpc == "note":
        found.warn(
            ("signals", "gpc"),
            "Global Privacy Control is a binding opt-out in California and other states.",
            'Write gpc = "honour".',
            "CCPA regs §7025(c); R20",
        )


def google(found: Found) -> None:
    """Google's tags before a yes: what they send then is without cookies, but it is sent."""
    if found.site.google.mode == "advanced":
        found.warn(
            ("google", "mode"),
            "In advanced mode Google's tags load and send before anybody has said yes.",
            'Write mode = "basic", or have a lawyer confirm that your visitors\' law allows it.',
            "EDPB 2/2023 v2.0; R5",
        )


def cookie(found: Found) -> None:
    """What browsers refuse of the cookie that remembers the choice."""
    site = found.site
    if site.cookie_name.startswith("__Host-") and site.cookie_domain:
        found.say(
            ("cookie", "domain"),
            "A cookie whose name begins with __Host- has no domain.",
            "Remove the domain, or choose another name.",
            "RFC 6265bis 4.1.3.2",
        )


def blocking(found: Found) -> None:
    """Strict blocking lets in whom it knows by their hosts, and leaves alone nobody who is asked for."""
    site = found.site
    if site.blocking != "strict":
        if site.allow:
            found.warn(
                ("blocking", "allow"), "Without strict blocking this does nothing.", 'Write mode = "strict".', ""
            )
        return
    declared = {vendor.id for vendor in found.declared()}
    asked = {vendor.id for purpose in site.purposes if purpose.answerable for vendor in purpose.vendors}
    for vendor in found.vendors():
        if not vendor.hosts:
            known = "" if vendor.id in declared else f"Declare [vendors.{vendor.id}] with them: "
            found.warn(
                ("vendors", vendor.id, "hosts"),
                "Strict blocking keeps this vendor out also after a yes: it has no hosts.",
                f'{known}hosts = ["{vendor.id}.example"].',
                "",
            )
        for index, host in enumerate(site.allow):
            if vendor.id in asked and any(f".{theirs}".endswith(f".{host}") for theirs in vendor.hosts):
                found.warn(
                    ("blocking", "allow", index),
                    f"“{short(host)}” is of “{short(vendor.name)}”, who is let in by this without a yes.",
                    "Remove it, or name a host further down that is for all.",
                    "ePrivacy 5(3); R1",
                )


def sharing(found: Found) -> None:
    """A choice passes only between the site's own origins."""
    site = found.site
    path = ("sharing", "domains")
    for index, origin in enumerate(site.sharing):
        if origin not in site.origins:
            found.say(
                (*path, index),
                f"“{short(origin)}” is not an origin of this site.",
                "Add it to site.origins, or remove it here.",
                "GDPR 4(11)",
            )
    if len(site.sharing) == 1:
        found.say(path, "One domain has nobody to share with.", "Name two or more, or none.", "GDPR 5(1)(c)")


def retention(found: Found) -> None:
    """The proof of a consent lasts as long as the consent, and nothing personal lasts for ever."""
    kept = found.site.retention
    if kept.personal and durations.days(kept.personal) < LONGEST_DAYS:
        found.warn(
            ("retention", "personal"),
            f"An answer lasts {LONGEST_DAYS} days: before it ends nobody could show any more whose it was.",
            f'Write personal = "{LONGEST_DAYS} days" or more.',
            "GDPR 5(2), 7(1)",
        )
    for name in ("personal", "imported", "access"):
        lasting = getattr(kept, name)
        if lasting and lasting.unit == "forever":
            found.warn(
                ("retention", name),
                "Personal data are not kept for ever.",
                "Say how long they are needed.",
                "GDPR 5(1)(e)",
            )


CHECKS: tuple[Callable[[Found], None], ...] = (
    wording,
    basis,
    hidden,
    explicit,
    lasting,
    overlaps,
    translated,
    transfers,
    signals,
    google,
    cookie,
    blocking,
    sharing,
    retention,
)
