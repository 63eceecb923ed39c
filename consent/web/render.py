"""Turns a notice into markup. One set of templates, for mounted, embedded and no-script alike.

What is the same for everyone is rendered once and kept; what is personal is only ever in the preference centre.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from .. import assets
from ..earlier import Carried
from ..locale import own_name
from ..notice import Notice
from ..regimes import region
from ..site.model import Look, Site
from . import snippet
from .csp import Entrance
from .gpc import Stands

SETTINGS = (
    ".consent-settings{padding:1rem;text-align:center;font-size:.875em}.consent-settings:empty{display:none}"
    ".consent-settings a+a{margin-inline-start:1em}"
    ".consent-pill{padding:0 .4em;border:1px solid;border-radius:1em;font-size:.75em}"
    ":where(.consent-placeholder){padding:1.5rem;border:1px solid #8888;text-align:center}"
    ":where(.consent-placeholder a){display:inline-block;padding:.75rem}"
)  # of what stands in pages also without a banner; the host's own rules outweigh them
SCHEMES = {"auto": "", "device": "light dark"}  # as CSS says them; "": the page's own
RETURN = "\ue000return\ue000"  # stands for the page's own path in what is kept


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates' own environment: nothing of the host's reaches in."""
    return Environment(loader=PackageLoader("consent"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def template(name: str, **values: Any) -> Markup:
    """A template of ours, filled in."""
    return Markup(environment().get_template(name).render(**values))


def form(notice: Notice, base: str, csrf: str, back: str, region: str = "") -> dict[str, Any]:
    """What every form of ours carries along; for a tag, `region` too."""
    return {
        "region": region,
        "action": f"{base}decision",
        "csrf_token": csrf,
        "notice": notice.id,
        "locale": notice.locale,
        "return": back,
        "preferences_url": base,
        "declaration_url": f"{base}declaration",
        "me_url": f"{base}me",
        "age": notice.content["age_minimum"],
    }


@lru_cache(maxsize=8)
def languages(locales: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """For the choice of a language: the tag of each and its own name for itself."""
    return tuple((locale.replace("_", "-"), own_name(locale)) for locale in locales)


class _Banner:
    """The banner of one notice, look and day, rendered once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def __call__(self, notice: Notice, site: Site, base: str, csrf: str, region: str) -> str:
        name = (notice.id, base, csrf, site.look.scheme, region)
        text = self._kept.get(name)
        if text is None:
            values = form(notice, base, csrf, RETURN, region)
            text = self._kept[name] = str(
                template("banner.html", notice=notice.content, form=values, look=look_of(site.look))
            )
            if len(self._kept) > 256:
                self._kept.popitem(last=False)
        return text


_banner = _Banner()


def banner(
    notice: Notice,
    site: Site,
    base: str,
    csrf: str,
    back: str,
    again: Mapping[str, Any] | None = None,
    region: str = "",
) -> Markup:
    """The first layer, for a page at path `back`. With `again` it is one person's: see `changed`."""
    if again:
        values = form(notice, base, csrf, back, region)
        return template("banner.html", notice=notice.content, form=values, look=look_of(site.look), again=again)
    return Markup(_banner(notice, site, base, csrf, region).replace(RETURN, str(escape(back))))


def look_of(look: Look) -> dict[str, str]:
    """The site's look as values of custom properties, by their names behind `--consent-`."""
    values = {
        "accent": look.accent,
        "accent-dark": look.accent_dark,
        "radius": f"{look.radius}px",
        "scheme": SCHEMES.get(look.scheme, look.scheme),
        "font": look.font and f"{look.font},sans-serif",
    }
    return {name: value for name, value in values.items() if value}


def properties(look: Look, of: str = ":root") -> str:
    """The site's look as custom properties of an element."""
    return of + "{" + ";".join(f"--consent-{name}:{value}" for name, value in look_of(look).items()) + "}"


def styles(site: Site) -> str:
    """The banner's styles with the site's look."""
    return properties(site.look) + SETTINGS + assets.text("banner.css").strip()


def head(
    site: Site,
    base: str,
    entrance: Entrance,
    with_styles: bool,
    enforced: bool = False,
    carried: Carried = (),
    told: bool | None = None,
) -> str:
    """The gate and, where the banner is shown, its styles: inline where the page's policy lets them in.

    `carried`, `told`: see `snippet.inline`.
    """
    nonce = f' nonce="{escape(entrance.nonce)}"' if entrance.nonce else ""
    text = snippet.inline(site, base, enforced, carried, told)
    parts = []
    if entrance.script == "inline":
        parts.append(f"<script{nonce}>{text}</script>")
    else:
        which = "" if told is None else f"told={told:d}&amp;"
        parts.append(f'<script{nonce} src="{base}gate.js?{which}v={assets.short(text)}"></script>')
    if site.blocking == "strict":
        parts.append(snippet.AWAIT)
    text = styles(site) if with_styles else SETTINGS if entrance.style == "inline" else ""
    if text:
        if entrance.style == "inline":
            parts.append(f"<style{nonce}>{text}</style>")
        else:
            parts.append(f'<link rel="stylesheet"{nonce} href="{base}look.css?v={assets.short(text)}">')
    return "".join(parts)


def preferences(
    notice: Notice,
    site: Site,
    base: str,
    csrf: str,
    back: str,
    state: Mapping[str, Any],
    token: str | None = None,
    region: str = "",
) -> Markup:
    """The preference centre's inner part, for its page and for a dialog alike. `state` is personal: see `view`.

    On pages of other origins no cookie goes along with a link: there it takes `token` along to "My data" ("": none).
    """
    values = form(notice, base, csrf, back, region)
    if token is not None:
        values |= {"token": token, "me_url": ""}
    spoken = languages(site.languages)
    look = look_of(site.look)
    return template("preferences.html", notice=notice.content, form=values, look=look, state=state, languages=spoken)


def declaration(notice: Notice, earlier: tuple[str, str] | None = None) -> Markup:
    """Purposes, vendors and stored items as tables. `earlier`: address and words of the link to earlier versions."""
    return template("declaration.html", notice=notice.content, earlier=earlier)


def me(name: str, notice: Notice, **values: Any) -> Markup:
    """The inner part of "My data" (`name` me) of the page before erasing it (erase), or of
    that where a tag's link leads (arrive). `values`: see `web.me`."""
    values["lang"] = notice.locale.replace("_", "-")
    return template(f"{name}.html", notice=notice.content, **values)


def centre(notice: Notice, base: str) -> str:
    """The address of the preference centre in the notice's language."""
    return f"{base}?locale={notice.locale}"


def settings_link(notice: Notice, base: str) -> Markup:
    """The way back to the choices, and the links that the law asks for beside it."""
    form = {"preferences_url": centre(notice, base)}
    return template("settings_link.html", notice=notice.content, form=form).strip()


def settings_corner(notice: Notice, base: str, stands: Stands, *, own: bool = False, linked: bool = False) -> str:
    """The same as a landmark of its own, for pages that have no such link, and how the person stands to sale.

    `own`: the page has a way of its own to the settings; `linked`: it has all links, by `settings_link`.
    """
    links = notice.content["links"]
    if own and not (links or stands.words or notice.content["kind"] != "opt-in"):
        return ""
    wanted = not linked and bool(links or not own)
    form = {"preferences_url": centre(notice, base)}
    return template(
        "corner.html", notice=notice.content, form=form, legal=own, wanted=wanted, words=stands.words
    ).strip()


def legal_links(notice: Notice) -> Markup:
    """The links that a law asks for, for pages of a tag; empty where there are none."""
    return template("links.html", notice=notice.content)


def authority(notice: Notice, *codes: str | None) -> Markup:
    """To whom one may complain (GDPR Art. 13(2)(d)), of the first of `codes` that has one; empty where none has."""
    found = next((row for row in map(region, codes) if row), None)
    if found is None:
        return Markup("")
    name = Markup('<a href="{}" rel="noreferrer"><bdi>{}</bdi></a>').format(found.url, found.authority)
    return Markup(escape(notice.texts["authority"]).replace("{authority}", name))


def placeholder(notice: Notice, requirement: str, content: Markup, vendor: str, base: str) -> Markup:
    """Content that waits for a yes. `content` is the host's own markup, which it vouches for."""
    names = {purpose["id"]: purpose["name"] for purpose in notice.content["purposes"]}
    wanted = [names.get(name.partition("/")[0], name) for name in requirement.split()]
    return template(
        "placeholder.html",
        notice=notice.content,
        form={"preferences_url": centre(notice, base)},
        requirement=requirement,
        purpose=", ".join(wanted),
        vendor=vendor,
        content=content,
    )


def page(notice: Notice, site: Site, base: str, back: str, kind: str, csrf: str = "", **values: Any) -> Markup:
    """A whole page of ours. `kind` is preferences or declaration (with `inner`), me or changes (with `title` and
    `inner`), age (with `carried`), or message (with `title` and `text`)."""
    fields = form(notice, base, csrf, back)
    values |= {"languages": languages(site.languages)}
    return template("page.html", notice=notice.content, form=fields, kind=kind, **values)


_TYPES = {".js": "text/javascript", ".css": "text/css"}


def asset(name: str) -> tuple[str, str] | None:
    """A built file and its media type; None for a name that is none of ours."""
    if name not in _assets():
        return None
    return assets.text(name), _TYPES[Path(name).suffix]


@lru_cache(maxsize=1)
def _assets() -> frozenset[str]:
    found = (assets.folder("static") / "dist").iterdir()
    return frozenset(path.name for path in found if path.suffix in _TYPES)
