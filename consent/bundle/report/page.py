"""The report as one page of HTML: no script, nothing from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template

from ...encoding import strict_json, timestamp
from ...ledger import checkpoint as checkpoints
from ...ledger.checkpoint import Checkpoint
from ...ledger.errors import LedgerError
from ...ledger.note import parse, to_base64
from . import words
from .figures import Figure, grid, over_time, side_by_side, told
from .tally import Tally

if TYPE_CHECKING:
    from ..write import Log

OUTCOMES = ("all", "some", "none")


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["told"] = lambda value: "not shown" if value is None else f"{value:,}"
    environment.filters["moment"] = lambda text: text[:16].replace("T", " ") + " UTC" if text else "–"
    text = files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    return environment.from_string(text)


def page(log: Log, head: Checkpoint, tally: Tally, notices: Mapping[str, bytes]) -> str:
    """The report on a log at a head."""
    shown = [_notice(name, body, tally) for name, body in notices.items()]
    shown.sort(key=lambda one: str(one["last"]), reverse=True)
    newest: dict[str, Any] = shown[0]["content"] if shown else {}
    names = _names(shown)
    return _template().render(
        site=log.site,
        site_name=newest.get("site_name", log.site),
        controller=newest.get("controller", {}),
        policy=newest.get("policy", ""),
        made=timestamp(log.time),
        tool=log.tool,
        waiting=log.waiting,
        total=tally.total,
        first=min(tally.first.values(), default=""),
        last=max(tally.last.values(), default=""),
        notices=shown,
        figures=_figures(tally, names),
        withdrawals=_withdrawals(tally),
        head=head,
        root=to_base64(head.root),
        key=str(log.ledger.verifier),
        checkpoints=_checkpoints(log),
    )


def _notice(name: str, body: bytes, tally: Tally) -> dict[str, Any]:
    content = strict_json(body)
    outcomes = tally.by(lambda kind, _: kind.outcome if kind.notice == name else "")
    counts = told([outcomes.get(one, 0) for one in OUTCOMES])
    return {
        "id": name,
        "content": content,
        "language": words.language(content["locale"]),
        "regime": words.regime(content["regime"]),
        "first": tally.first[name],
        "last": tally.last[name],
        "count": told([sum(outcomes.get(one, 0) for one in OUTCOMES)])[0],
        "outcomes": [(words.OUTCOMES[one], count) for one, count in zip(OUTCOMES, counts, strict=True)],
    }


def _names(shown: list[dict[str, Any]]) -> dict[str, str]:
    """Purposes by name: in English where a notice is, else as the newest notice has it."""
    found: dict[str, str] = {}
    ordered = sorted(shown, key=lambda one: not str(one["content"]["locale"]).startswith("en"))
    for one in ordered:
        for purpose in one["content"]["purposes"]:
            found.setdefault(str(purpose["id"]), str(purpose["name"]))
    return found


def _figures(tally: Tally, names: Mapping[str, str]) -> list[Figure]:
    outcomes = [words.OUTCOMES[one] for one in OUTCOMES]
    unit, cut = _unit({day for _, day in tally.counts})
    over = tally.by(lambda kind, day: (cut(day), words.OUTCOMES[kind.outcome]))
    purposes = tally.purposes()
    by_purpose = {
        (name, said): count for name, both in purposes.items() for said, count in zip(("Yes", "No"), both, strict=True)
    }
    figures = [
        over_time(
            f"Answers by {unit.lower()}", unit, outcomes, grid(over, sorted({day for day, _ in over}), outcomes),
            "Of what needed a yes. Purposes that must be ticked by themselves are no part of “Accepted all”. "
            "Times are UTC; a week is named by its Monday.",
        ),
        side_by_side(
            "Answers by purpose", "Purpose", ("Yes", "No"),
            _renamed(grid(by_purpose, sorted(purposes), ("Yes", "No")), names),
            "Each answer counts, earlier ones of the same person as well. A purpose that rests on a legitimate "
            "interest counts as yes until somebody objects.",
        ),
    ]  # fmt: skip
    methods = tally.by(lambda kind, _: (words.method(kind.method), "Answers"))
    ordered = [name for (name, _), _ in methods.most_common()]
    figures.append(side_by_side("How answers were given", "Method", ("Answers",), grid(methods, ordered, ("Answers",))))
    for title, first, key in (
        ("Answers by rules of the region", "Rules", lambda kind: words.regime(kind.regime)),
        ("Answers by language of the notice", "Language", lambda kind: words.language(kind.locale)),
    ):
        counts = tally.by(lambda kind, _, key=key: (key(kind), words.OUTCOMES[kind.outcome]))  # type: ignore[misc]
        rows = sorted({name for name, _ in counts}, key=lambda name: -sum(counts[name, one] for one in outcomes))
        figures.append(side_by_side(title, first, outcomes, grid(counts, rows, outcomes)))
    return [figure for figure in figures if figure.rows]


def _unit(days: set[str]) -> tuple[str, Callable[[str], str]]:
    """What a bar over time stands for, so that there are about thirty of them at most."""
    if len(days) <= 31:
        return "Day", lambda day: day
    if len({_week(day) for day in days}) <= 31:
        return "Week", _week
    if len({day[:7] for day in days}) <= 48:
        return "Month", lambda day: day[:7]
    return "Year", lambda day: day[:4]


def _week(day: str) -> str:
    """The Monday of its week."""
    try:
        found = date.fromisoformat(day)
    except ValueError:  # a record that cannot be read
        return day
    return (found - timedelta(days=found.weekday())).isoformat()


def _renamed(rows: Any, names: Mapping[str, str]) -> Any:
    return [type(row)(names.get(row.name, row.name), row.values) for row in rows]


def _withdrawals(tally: Tally) -> list[tuple[str, int | None]]:
    methods = tally.by(lambda kind, _: kind.method)
    known = dict(zip(methods, told(list(methods.values())), strict=True))  # as the figure of the methods tells them
    signals = tally.by(lambda kind, _: kind.gpc)
    gpc, _ = told([signals.get(True, 0), signals.get(False, 0)])
    return [
        ("Consents withdrawn", known.get("withdraw", 0)),
        ("Objections to a legitimate interest", known.get("object", 0)),
        ("Answers with Global Privacy Control on", gpc),
    ]


def _checkpoints(log: Log) -> dict[str, Any]:
    witnesses: set[str] = set()
    for note in log.notes:
        witnesses |= {one.name for one in parse(note).signatures if one.name != log.ledger.origin}

    def time(note: str) -> str:
        try:
            found = checkpoints.read(note, [log.ledger.verifier]).time
        except LedgerError:
            return ""
        return timestamp(found) if found is not None else ""

    return {
        "count": len(log.notes),
        "first": time(log.notes[0]),
        "last": time(log.notes[-1]),
        "witnesses": sorted(witnesses),
    }
