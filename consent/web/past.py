"""What was decided, in words: for each record the answers, and the notice as it was shown then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from ..encoding import seconds, strict_json
from ..notice import Notice
from ..record import Record
from ..service import Past, Service
from ..store.log import Place
from ..token import Token

MOST = 50  # records on a page
Words = Mapping[str, str]
Where = Callable[[Record], Place | None]
SIGNALS = (("dnt", "Do Not Track"), ("gpc", "Global Privacy Control"))


def present(service: Service, token: Token, notice: Notice, said: Words) -> dict[str, Any]:
    """What holds under a token, in today's words."""
    wanted = service.wanted
    given = {name: value != 0 for name, value in token.answers.items() if value in (0, wanted.get(name))}
    vendors = [name for name, value in token.answers.items() if value == 0 and "/" in name]
    return {
        "date": moment(token.time, notice.locale, whole=token.record is not None),
        "until": day(token.expires, notice.locale),
        "answers": answers(notice.content, given, vendors, said, notice.locale),
    }


def records(found: Sequence[Past], notice: Notice, said: Words, where: Where) -> list[dict[str, Any]]:
    """Records for the page in the language of `notice`, in the order in which they come: the newest first.

    `where` says where each stands in the log. The text of a notice stands with the first record that was made under
    it; the others point there.
    """
    made: list[dict[str, Any]] = []
    under: dict[str, dict[str, Any]] = {}
    for number, past in enumerate(found, 1):
        entry = record(past, number, notice, said, where(past.record))
        first = under.setdefault(past.record.fields["notice"], entry)
        if first is not entry and first["notice"]:
            entry["same"], entry["notice"] = first, None
        made.append(entry)
    return made


def record(past: Past, number: int, notice: Notice, said: Words, place: Place | None) -> dict[str, Any]:
    """One record."""
    fields, locale = past.record.fields, notice.locale
    shown = strict_json(past.notice) if past.notice else None
    content = shown or notice.content
    vendors = sorted(fields["vendors"])
    time = seconds(fields["time"])
    return {
        "number": number,
        "id": fields["id"],
        "time": fields["time"],
        "date": moment(time, locale),
        "method": notice.texts.get(f"method_{fields['method']}", fields["method"]),
        "answers": answers(content, fields["answers"], vendors, said, locale),
        "facts": facts(past, said, locale, place),
        "lang": content["locale"].replace("_", "-"),
        "notice": shown,
        "same": None,
        "state": {
            "answers": fields["answers"],
            "objected": [name for name, given in fields["answers"].items() if not given],
            "vendors_refused": vendors,
        },
    }


def facts(past: Past, said: Words, locale: str, place: Place | None) -> list[tuple[str, str]]:
    """What a record holds beside its answers, by name; what is empty was not kept."""
    fields, personal = past.record.fields, past.personal
    signals = [word for name, word in SIGNALS if fields["signals"].get(name) or fields["signals"].get(f"js_{name}")]
    language = Locale.parse(fields["locale"]).get_display_name(locale) or fields["locale"]
    pairs = [
        (said["record"], fields["id"]),
        (said["place"], _place(place, said, locale) if place else ""),
        (said["language"], language),
        (said["signals"], format_list(signals, locale=locale) if signals else ""),
    ]
    if personal:
        pairs += [(said["ip"], personal.ip), (said["device"], personal.device), (said["page"], personal.page)]
    return [(name, value) for name, value in pairs if value]


def _place(place: Place, said: Words, locale: str) -> str:
    index, size = (str(format_decimal(number, locale=locale)) for number in (place.index, place.head.size))
    return said["place_in"].replace("{index}", index).replace("{size}", size)


def answers(
    content: Mapping[str, Any], given: Mapping[str, bool], vendors: Sequence[str], said: Words, locale: str
) -> list[dict[str, str]]:
    """Each purpose of a notice that can be answered, with the answer in a word."""
    made = []
    for purpose in content["purposes"]:
        if not purpose["answerable"]:
            continue
        name = purpose["id"]
        answer = given.get(name)
        if purpose["asked"]:
            state = "open" if answer is None else "allowed" if answer else "refused"
        else:
            state = "objected" if answer is False else "unobjected"
        without = [each["name"] for each in purpose["vendors"] if f"{name}/{each['id']}" in vendors]
        made.append(
            {
                "name": purpose["name"],
                "state": state,
                "word": said[state],
                "without": format_list(without, locale=locale) if without and state == "allowed" else "",
            }
        )
    return made


def moment(time: int, locale: str, whole: bool = True) -> str:
    """A time in words, or, where no more is known, its day."""
    return (
        str(format_datetime(datetime.fromtimestamp(time, UTC), "long", locale=locale)) if whole else day(time, locale)
    )


def day(time: int, locale: str) -> str:
    """The day of a time in words."""
    return str(format_date(datetime.fromtimestamp(time, UTC), "long", locale))
