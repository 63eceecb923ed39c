"""One site at work: its notices, its keys, its store. The edge between the pure core and any web framework.

    answer → decision → record → durable store → token

Everything that is not a function of values happens here: the clock, randomness, the database.
"""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from threading import Lock
from typing import TypeVar

from . import account as accounts
from . import erasure
from . import notice as notices
from . import personal as personals
from . import record as records
from . import token as tokens
from .decision import Answer, Decision, Standing, decide
from .earlier import Earlier
from .encoding import b64, sha256
from .errors import ConsentError, KeysError, TokenError
from .keys import Keys
from .linking import Linking
from .locale import pick, translator
from .notice import Notice
from .personal import Personal
from .receipt import to_bytes
from .record import Made, Record
from .regimes import Regime, at
from .signals import Signals
from .site.model import Site
from .store import Access, Entry, Store
from .store.receipts import receipt
from .token import Token

Found = TypeVar("Found")


class NoticeChanged(ConsentError):
    """The answer was given under a notice that this site no longer shows."""

    def __init__(self, notice: str) -> None:
        super().__init__("The questions have changed since the page was opened. Reload it and choose again.")
        self.notice = notice


@dataclass(frozen=True, slots=True)
class About:
    """What the site keeps about the request, if it keeps any. Empty strings are not stored."""

    ip: str = ""
    device: str = ""
    page: str = ""
    imported: str = ""  # what another consent tool had stored


NOTHING = About()
IMPORTED = "imported"  # the method of a record that nobody's answer to us made
PERSON = "person"  # in the access log: whoever holds the token
TURNED = 4096  # look-ups of one's own that are remembered
NO_ANSWERS: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision that is stored. `fresh` is False when the request was a repetition of an earlier one."""

    record: Record
    token: Token
    decision: Decision
    subject: str | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier record of a subject, with the notice that was shown, opened for its owner."""

    record: Record
    personal: Personal | None
    notice: bytes | None


class Service:
    """A site with its keys and its store, or the way to get at them. Safe to share between threads.

    Where keys may change while it runs (`keyfile.Watched`), `keys` are those seen last; what seals or opens a
    personal part asks anew.
    """

    def __init__(
        self,
        site: Site,
        keys: Keys | Callable[[], Keys],
        store: Store | Callable[[], Store],
        *,
        clock: Callable[[], float] = time.time,
        random: Callable[[int], bytes] = ssl.RAND_bytes,  # OpenSSL's own; a system call gives the processor away
    ) -> None:
        self.site = site
        self._ring = keys if callable(keys) else None
        self.keys = self._before = keys() if callable(keys) else keys
        self.cookie_mark = f"{site.cookie}="
        self._store = store if isinstance(store, Store) else None
        self._way_in = None if isinstance(store, Store) else store
        self._clock = clock
        self._random = random
        self._notices: dict[tuple[Regime, str], Notice] = {}
        self._known: dict[str, tuple[Notice, Regime]] = {}
        self._regime = lru_cache(maxsize=1024)(lambda region: at(site, region))
        self._reader = tokens.Reader(self.keys, site.id)
        self._lock = Lock()
        self._opening = Lock()
        self._last_id = uuid.UUID(int=0)
        self._turned: dict[tuple[str, int, int], None] = {}
        self._decided = lru_cache(maxsize=1024)(self._decide)
        self.linking = Linking(self)
        self.earlier = Earlier(self)

    @property
    def store(self) -> Store:
        """Opened at first use: pages are shown, and gates stay shut, also while the database is away.

        Raises what opening it raises, and tries again the next time.
        """
        if self._store is None:
            with self._opening:
                if self._store is None and self._way_in is not None:
                    self._store = self._way_in()
        assert self._store is not None
        return self._store

    # what is shown

    @cached_property
    def fingerprints(self) -> Mapping[str, str]:
        """Of each purpose that needs a yes, what the yes is to."""
        return notices.fingerprints(self.site)

    @cached_property
    def wanted(self) -> Mapping[str, str | int]:
        """Each purpose with its fingerprint, or 1 where no yes is needed."""
        return notices.wanted(self.site)

    @cached_property
    def explicit(self) -> frozenset[str]:
        """Purposes that Accept all never includes."""
        return frozenset(purpose.id for purpose in self.site.purposes if purpose.explicit)

    def notice(self, *languages: str, region: str | None = None) -> Notice:
        """The notice in the best of `languages` (best first) that the site speaks, under the region's regime."""
        regime = self._regime(region)
        locale = pick(self.site.languages, languages)
        found = self._notices.get((regime, locale))
        if found is None:
            found = notices.build(self.site, regime, locale, translator(locale))
            self._notices[regime, locale] = found
            self._known[found.id] = found, regime
        return found

    def regime(self, region: str | None) -> Regime:
        """The rules under which this site meets someone from a region (ISO 3166-2)."""
        return self._regime(region)

    def notice_by_id(self, notice_id: str, region: str | None = None) -> Notice | None:
        """A notice that this site shows at present in a region, or shows to the strictest, in any of its languages."""
        known = self._find(notice_id, region)
        return known[0] if known else None

    def _find(self, notice_id: str, region: str | None) -> tuple[Notice, Regime] | None:
        for each in (region, None):
            regime = self._regime(each)
            for locale in self.site.languages:  # there may be sixty: no more is made than has to be
                if notice_id in self._known:
                    break
                if (regime, locale) not in self._notices:
                    self.notice(locale, region=each)
        return self._known.get(notice_id)

    def archived(self, notice_id: str) -> bytes | None:
        """The canonical JSON of a notice that was ever answered, or is shown now."""
        shown = self.notice_by_id(notice_id)
        return shown.body if shown else self.store.notice(self.site.id, notice_id)

    # what holds

    def now(self) -> int:
        """Unix seconds."""
        return int(self._clock())

    def believe(self, text: str) -> Token | None:
        """The browser's token if it is whole, ours, and alive; anything else is no choice.

        An earlier yes that covers what is asked today reads as one to that (see `earlier`).
        """
        try:
            return self.earlier.carry(self._reader.read(text, self._clock()))
        except TokenError:
            return None

    def standing(self, token: Token | None) -> Standing:
        """The answers that hold under a token."""
        return tokens.standing(token, self.wanted)

    def allows(self, token: Token | None, requirement: str) -> bool:
        """Whether a requirement (`analytics`, `analytics/ga4`, several) is met. Unknown is no."""
        return tokens.allows(token.answers if token else NO_ANSWERS, self.wanted, requirement)

    def yielded(self, token: Token) -> Token:
        """What holds of a token that gives way to Global Privacy Control, once that is on: all but sale and sharing."""
        return replace(token, answers={**token.answers, **dict.fromkeys(self.sold, 0)})

    @cached_property
    def sold(self) -> tuple[str, ...]:
        """Purposes that are asked about and include selling or sharing personal information."""
        return tuple(purpose.id for purpose in self.site.purposes if purpose.asked and purpose.sale)

    def allows_subject(self, subject: str | None, requirement: str) -> bool:
        """Whether a subject allows a requirement now, by their newest record: for what happens outside a request.

        Someone unknown or erased, or whose answer has expired, allows nothing. Raises store.StoreUnavailable.
        """
        if subject is None:
            return False
        entry = self.found(subject, lambda refs: self.store.newest(self.site.id, refs))
        if entry is None:
            return False
        token = self.believe(tokens.issue(entry.record, self.keys).text)  # as strict as with the browser's own
        return token is not None and self.allows(token, requirement)

    def allows_account(self, user_id: str, requirement: str) -> bool:
        """The same of the host's own user id, for accounts that browsers are linked to (see `linking`).

        Raises AccountError for what is no user id.
        """
        return self.allows_subject(accounts.account_subject(self.keys, user_id), requirement)

    def decided(self, token: Token | None) -> bool:
        """Whether there is nothing to ask on the first layer."""
        return tokens.decided(token.answers if token else {}, self.wanted, self.explicit)

    # what is recorded

    def answer(
        self,
        answer: Answer,
        notice_id: str,
        *,
        token: Token | None = None,
        key: str | None = None,
        about: About = NOTHING,
        region: str | None = None,
        account: str | None = None,
    ) -> Outcome:
        """Record an answer; durable when this returns.

        `key` is the request's idempotency key: the same key with the same answer is the same record. `account` is the
        subject of the account that the browser is linked to, if it is: then the record is the account's.
        Raises DecisionError, NoticeChanged, store.KeyReused, store.StoreUnavailable; then nothing was stored,
        or a repetition finds it.
        """
        known = self._find(notice_id, region)
        if known is None or known[1].laxer_than(self._regime(region)):  # shown elsewhere, perhaps by a cache
            raise NoticeChanged(notice_id)
        shown = known[0]
        standing = self.standing(token)
        if answer.choice == "refuse_new":
            standing = self.earlier.held(token, standing)
        decision, digest = self._decided(answer, shown.id, standing, self._regime(region))
        self.archive(shown)
        outcome = self.record(decision, digest, token, key=key, about=about, account=account)
        if account:
            self.linking.remember(account, outcome.token)
        return outcome

    def record(
        self,
        decision: Decision,
        digest: bytes,
        token: Token | None,
        *,
        key: str | None = None,
        about: About = NOTHING,
        account: str | None = None,
    ) -> Outcome:
        """Record a decision whose notice is stored. `token` is that of the record before it. Raises as `answer`."""
        made, entry, subject, earlier = self._make(decision, digest, token, key, about, account)
        stored = self._append(entry, earlier)
        fresh = stored is entry
        return Outcome(
            record=stored.record,
            token=tokens.issue(stored.record, self.keys, made if fresh else None),
            decision=decision,
            subject=subject,
            fresh=fresh,
        )

    def keep_imported(self, name: str, content: str, seen: Signals) -> Record:
        """Record what another consent tool had stored, as evidence; durable when this returns.

        Nobody answered us, so the record holds no answer, is over as it begins, and makes no token: people are asked
        anew. The content may identify, so it stands in the personal part; and where the site asks for an age it is not
        kept, for it may be a child's (promise C7). Raises store.StoreUnavailable.
        """
        kept = NOTHING if self.site.asks_age else About(imported=f"{name}={content}")
        shown = self.notice()
        decision = Decision(
            site=self.site.id,
            notice=shown.id,
            regime=self._regime(None).id,
            locale=shown.locale,
            method=IMPORTED,
            via="script",
            answers={},
            vendors={},
            lifetime=0,
            signals=seen,
        )
        _, entry, _, _ = self._make(decision, sha256(IMPORTED.encode())[:16], None, None, kept)
        self.archive(shown)
        return self._append(entry, None).record

    def archive(self, notice: Notice) -> None:
        """Keep a notice of today for ever. Raises store.StoreUnavailable."""
        self.store.put_notice(self.site.id, notice.id, notice.body, self.earlier.shown(notice))

    def _append(self, entry: Entry, earlier: uuid.UUID | None) -> Entry:
        """Store an entry. What happened while it was on its way catches up with it here.

        If keys were rotated nobody else could open it: its key is wrapped anew. If its subject was erased (the
        `earlier` record that it goes on from has no personal part any more), so is this.
        """
        stored = self.store.append(entry)
        if stored is not entry or entry.sealed is None:
            return stored
        site, record_id = self.site.id, entry.record.id
        keys = self._fresh()
        if entry.sealed.key_id != keys.personal_key().id:
            fresh = personals.rewrap(entry.sealed, self._before, keys, record_id, self._random(12))
            self.store.reseal(site, [(record_id, entry.sealed, fresh)])
        if earlier is not None and not self.store.has_personal(site, earlier):
            self.store.erase_records(site, [record_id])
        return stored

    def _decide(self, answer: Answer, notice_id: str, standing: Standing, here: Regime) -> tuple[Decision, bytes]:
        """The decision, with what makes two requests the same. Most visitors press one of two buttons."""
        shown, regime = self._known[notice_id]
        regime = regime.met_in(here)
        decision = decide(self.site, regime, shown.id, shown.locale, self.fingerprints, answer, standing)
        return decision, _digest(answer, decision)

    def _make(
        self,
        decision: Decision,
        digest: bytes,
        token: Token | None,
        key: str | None,
        about: About,
        account: str | None = None,
    ) -> tuple[Made, Entry, str | None, uuid.UUID | None]:
        """The signed record, its entry, the subject, and the record that this one goes on from."""
        moment = self._clock()
        drawn = self._random(10 + 16 + personals.SALT + personals.RANDOM)
        record_id = self._next_id(moment, drawn[:10])
        previous = self.personal_of(token)
        personal = self._personal(decision, previous, about, drawn[10 : 26 + personals.SALT], account)
        keys = self._fresh()
        sealed, commitment = None, None
        if personal:
            plain = personal.canonical()
            sealed = personals.seal(personal.subject, plain, keys, record_id, drawn[26 + personals.SALT :])
            commitment = personals.commitment(plain)
        made = records.make(decision, keys, record_id, int(moment), commitment)
        request_key = personals.request_key(self.site.id, key) if key else None
        entry = Entry(made.record, sealed, request_key, digest)
        goes_on = personal and previous and personal.subject == previous.subject
        earlier = uuid.UUID(token.record) if goes_on and token and token.record else None
        return made, entry, personal.subject if personal else None, earlier

    def _next_id(self, moment: float, drawn: bytes) -> uuid.UUID:
        candidate = records.uuid7(int(moment * 1000), drawn)
        with self._lock:
            self._last_id = records.after(candidate, self._last_id)
            return self._last_id

    def _personal(
        self, decision: Decision, previous: Personal | None, about: About, drawn: bytes, account: str | None
    ) -> Personal | None:
        """The personal part: none for a refusal by someone unknown, none under the age (promise C7).

        A subject's records follow from their ids, so none names the one before: it would go on leading to that one
        when it has been erased. Only where an account takes a browser over is that browser's subject named.
        """
        nobody = previous is None and not decision.grants and not about.imported and not account
        if decision.age == "under" or nobody:
            return None
        before = previous.subject if previous else ""
        subject = account or before or b64(drawn[:16])
        return Personal(
            subject=subject,
            salt=drawn[16:],
            previous=before if before != subject else "",
            ip=about.ip,
            device=about.device,
            page=about.page,
            imported=about.imported,
        )

    def personal_of(self, token: Token | None) -> Personal | None:
        """The personal part of a token's record; None where it has none, or it was erased. Raises StoreUnavailable."""
        if token is None or token.record is None:
            return None
        return self._opened(self.store.record(self.site.id, uuid.UUID(token.record)))

    def _opened(self, entry: Entry | None) -> Personal | None:
        """An entry's personal part, if it has one."""
        try:
            return self._open(entry)
        except KeysError:  # keys were rotated since it was read: then its row is another by now
            return self._open(self.store.record(self.site.id, entry.record.id) if entry else None)

    def _open(self, entry: Entry | None) -> Personal | None:
        if entry is None or entry.sealed is None:
            return None
        return personals.unseal(entry.sealed, self._fresh(), entry.record.id)

    def _fresh(self) -> Keys:
        """The keys as they are now."""
        if self._ring is not None:
            found = self._ring()
            if found is not self.keys:
                with self._lock:
                    if found is not self.keys:
                        self._before, self.keys = self.keys, found
                        self._reader = tokens.Reader(found, self.site.id)
        return self.keys

    def found(self, subject: str, read: Callable[[tuple[bytes, ...]], Found]) -> Found:
        """What the store has of a subject, under all keys that it may stand under."""
        while True:
            keys = self._fresh()
            found = read(personals.subject_refs(keys, subject))
            if self._fresh() is keys:  # else rows have moved to an index that was not asked
                return found

    def again(self, record: str) -> Token | None:
        """The token of a record that is still its subject's last word; None of any other, and of an erased one."""
        try:
            record_id = uuid.UUID(record)
        except ValueError:
            return None
        entry = self.store.record(self.site.id, record_id)
        if entry is None or entry.sealed is None:
            return None
        personal = self._opened(entry)
        if personal is None:
            return None
        newest = self.found(personal.subject, lambda refs: self.store.newest(self.site.id, refs))
        if newest is None or newest.record.id != record_id:
            return None
        return self.believe(tokens.issue(entry.record, self.keys).text)

    # what was

    def subject(self, token: Token | None) -> str | None:
        """The subject behind a token, or None for a refusal, which names nobody."""
        found = self.personal_of(token)
        return found.subject if found else None

    def history(self, subject: str, who: str = PERSON) -> list[Past]:
        """Every record of a subject, oldest first, with the notice of each. The access log has that `who` looked.

        Raises store.StoreUnavailable, also when that cannot be written.
        """
        rows = self.found(subject, lambda refs: self.store.by_subject(self.site.id, refs))
        self._looked(subject, who, len(rows))
        return [self._past(row) for row in rows]

    def latest(self, subject: str, limit: int, who: str = PERSON) -> list[Past]:
        """The same, newest first and at most `limit`, and of an account those of its browsers from before too."""
        rows: list[Entry] = []
        for each in self.subjects(subject):
            rows += self.found(each, lambda refs: self.store.latest(self.site.id, refs, limit))
        rows.sort(key=lambda row: row.record.id, reverse=True)
        self._looked(subject, who, len(rows[:limit]))
        return [self._past(row) for row in rows[:limit]]

    def subjects(self, subject: str) -> list[str]:
        """A subject, and where it is an account's, those that its browsers had before they were linked to it."""
        return list(erasure.subjects(self.store, self._fresh, self.site.id, subject))

    def entries(self, subject: str) -> Iterator[Entry]:
        """Every entry of a subject, as `latest` finds them, those of one subject oldest first."""
        for each in reversed(self.subjects(subject)):
            yield from self.store.stream(self.site.id, subject_ref=personals.subject_refs(self._fresh(), each))

    def taken_out(self, subject: str, who: str = PERSON) -> Iterator[Entry]:
        """The same, to be given away: the access log has it before the first. Raises StoreUnavailable."""
        whole = erasure.person(self.store, self._fresh, self.site.id, subject)
        self.log(who, "export", f"subject {personals.pseudonym(self.keys, subject)} personal", whole.records)
        return self.entries(subject)

    def opened(self, entry: Entry) -> Personal | None:
        """The personal part of an entry."""
        return self._opened(entry)

    def _past(self, row: Entry) -> Past:
        return Past(row.record, self._opened(row), self.archived(row.record.fields["notice"]))

    def _looked(self, subject: str, who: str, count: int) -> None:
        """Log a look-up. Somebody who turns over their own page again within the hour is logged once."""
        hour = (subject, count, self.now() // 3600)
        if who == PERSON and hour in self._turned:
            return
        self.log(who, "look up", f"subject {personals.pseudonym(self.keys, subject)}", count)
        if who == PERSON:
            if len(self._turned) >= TURNED:
                self._turned.clear()
            self._turned[hour] = None

    def log(self, who: str, action: str, filter_: str, count: int) -> None:
        """Add to the access log, before what it tells of. Raises store.StoreUnavailable: then it must not happen."""
        moment = self._clock()
        entry_id = self._next_id(moment, self._random(10))
        self.store.log(Access(self.site.id, entry_id, int(moment), who, action, filter_, count))

    # what goes

    def erase(self, token: Token | None, account: str | None = None) -> int:
        """Erase the personal parts behind a token, or of an account (its subject) and of its browsers; how many.

        What nobody can show any more to have been their consent ends (GDPR 7(1)), so the caller first withdraws what
        was granted, and leaves no token in the browser that names a record. The proofs stay, and lead to nobody. A
        refusal's token names nobody, so there is nothing to erase. Raises store.StoreUnavailable.
        """
        subject = account or self.subject(token)
        if subject is None:
            return 0
        whole = erasure.person(self.store, self._fresh, self.site.id, subject)
        by_token = f"record {token.record}" if token and token.record else ""
        self.log(PERSON, "erase", by_token or f"subject {personals.pseudonym(self.keys, subject)}", whole.records)
        gone = sum(erasure.erase(self.store, self._fresh, self.site.id, subject))
        self.store.scrub(patience=0.5, vacuum=False)  # if it cannot now, the daily job does
        return gone

    def receipt(self, record: str, token: Token | None = None) -> bytes | None:
        """A record's receipt as a file; None where there is no such record.

        With a person's believed `token`: only of a record of theirs, and with its personal part. Raises
        store.StoreUnavailable, store.LedgerDamaged.
        """
        try:
            record_id = uuid.UUID(record)
        except ValueError:
            return None
        entry = self.store.record(self.site.id, record_id)
        if entry is None or (token is not None and not self._same_person(entry, token)):
            return None
        return self.receipt_of(entry, own=token is not None)

    def receipt_of(self, entry: Entry, *, own: bool = False) -> bytes | None:
        """The receipt of an entry; None where its notice is lost. `own`: with the personal part, for its person."""
        notice = self.archived(entry.record.fields["notice"])
        if notice is None:
            return None
        if own:
            self.log(PERSON, "export", f"record {entry.record.id} personal", 1)
        return to_bytes(receipt(self.store, self._fresh(), entry, notice, own=own))

    def _same_person(self, entry: Entry, token: Token) -> bool:
        """Whether a record is of the subject behind a token."""
        opened = self._opened(entry)
        return opened is not None and opened.subject == self.subject(token)


def _digest(answer: Answer, decision: Decision) -> bytes:
    """What makes two requests with one idempotency key the same request: 16 bytes."""
    names = (answer.purposes, answer.exceptions, answer.objections)
    parts = [answer.choice, answer.age or "", decision.notice, *(" ".join(sorted(part)) for part in names)]
    return sha256("\x00".join(parts).encode())[:16]
