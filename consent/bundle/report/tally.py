"""Counts of how people answered, by what records of one kind have in common. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ...export.lines import fields_of
from ...record import Record
from ...store.shape import TIME, split

Key = TypeVar("Key", bound=Hashable)
UNREADABLE = "unreadable"
SHAPES = 8192  # that are remembered
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:"  # what JSON writes as it is


class Kind(NamedTuple):
    """What is counted of a record."""

    method: str
    regime: str
    locale: str
    notice: str
    outcome: str  # all, some, none: of what needed a yes
    answers: tuple[tuple[str, bool], ...]
    gpc: bool


@dataclass(slots=True)
class Tally:
    """Counts by kind and day."""

    counts: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    _kinds: dict[bytes, Kind] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)  # when each notice was first answered
    last: dict[str, str] = field(default_factory=dict)

    def add(self, record: Record) -> bool:
        """Count one record, and say whether its leaf is one of those that thousands are like."""
        parted = split(record.leaf, record.id)
        if parted is None or parted[1].translate(None, _PLAIN):
            usual, kind, time = False, kind_of(record.leaf), _time_of(record.leaf)
        else:
            shape, own = parted
            time = own[TIME : 2 * TIME].decode()
            known = self._kinds.get(shape)
            if known is None:
                if len(self._kinds) >= SHAPES:
                    self._kinds.clear()
                known = self._kinds[shape] = kind_of(record.leaf)
            usual, kind = known.method != UNREADABLE, known
        self.counts[kind, time[:10]] += 1
        notice = kind.notice
        if notice and not self.first.get(notice, "~") <= time:
            self.first[notice] = time
        if notice and self.last.get(notice, "") < time:
            self.last[notice] = time
        return usual

    @property
    def notices(self) -> set[str]:
        """Every notice that a record names."""
        return {kind.notice for kind, _ in self.counts if kind.notice}

    @property
    def total(self) -> int:
        """How many records there are."""
        return self.counts.total()

    def by(self, key: Callable[[Kind, str], Key]) -> Counter[Key]:
        """Counts by what `key` makes of a kind and a day."""
        found: Counter[Key] = Counter()
        for (kind, day), count in self.counts.items():
            found[key(kind, day)] += count
        return found

    def purposes(self, notice: str | None = None) -> dict[str, tuple[int, int]]:
        """How many said yes to each purpose, and how many no."""
        found: dict[str, tuple[int, int]] = {}
        for kind, count in self._kinds_counted():
            if notice is not None and kind.notice != notice:
                continue
            for name, given in kind.answers:
                yes, no = found.get(name, (0, 0))
                found[name] = (yes + count, no) if given else (yes, no + count)
        return found

    def _kinds_counted(self) -> Iterator[tuple[Kind, int]]:
        return iter(self.by(lambda kind, _: kind).items())


def kind_of(leaf: bytes) -> Kind:
    """What is counted of a leaf."""
    fields = fields_of(leaf)
    try:
        assert fields is not None
        asked = fields["answers"]
        granted = len(fields["fingerprints"])
        needed = granted + sum(not given for given in asked.values())
        whole = granted == needed or fields["method"] == "accept_all"  # which leaves out what is ticked by itself
        outcome = "none" if not granted else "all" if whole else "some"
        signals = fields["signals"]
        gpc = signals.get("gpc") == "1" or signals.get("js_gpc") == "true"
        answers = tuple((str(name), bool(given)) for name, given in asked.items())
        names = [str(fields[name]) for name in ("method", "regime", "locale", "notice")]
        return Kind(names[0], names[1], names[2], names[3], outcome, answers, gpc)
    except (AssertionError, KeyError, AttributeError, TypeError):
        return Kind(UNREADABLE, "", "", "", "none", (), False)


def _time_of(leaf: bytes) -> str:
    fields = fields_of(leaf)
    time = fields.get("time") if fields else ""
    return time if isinstance(time, str) else ""
