"""`consent erase`, `prune`, `access` and `keys rotate`, and what `export` and `show` leave in the access log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consent import keyfile
from consent.account import account_subject
from consent.cli import who
from consent.keys import Keys
from consent.personal import pseudonym
from consent.service import Service

from ..conftest import NOW, SITE
from ..export import log
from .conftest import Run

YEAR = 365 * 86_400


def entries(run: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("access", "demo", "--format", "jsonl").stdout.splitlines()]


def deeds(run: Run) -> list[tuple[object, ...]]:
    return [(one["action"], one["filter"], one["count"]) for one in entries(run)]


def test_a_person_is_erased_after_a_question(run: Run, shop: Service, ring: Keys) -> None:
    first = log.answer(shop, log.EVERYTHING)
    log.answer(shop, log.NOTHING, first.token)
    her = str(first.subject)
    assert "Would erase 2 personal parts" in run("erase", "demo", "--subject", her, "--dry-run").output
    assert "cannot be undone" in run("erase", "demo", "--subject", her, input="n\n", fails=True).output
    assert len(shop.history(her, "test")) == 2
    said = run("erase", "demo", "--subject", her, "--yes").output
    assert "Erased 2 personal parts" in said and her not in said
    assert shop.history(her, "test") == [] and shop.store.count("demo") == 2
    assert "nothing to erase" in run("erase", "demo", "--subject", her, "--yes", fails=True).output
    assert ("erase", f"subject {pseudonym(ring, her)}", 2) in deeds(run)
    assert her not in json.dumps(entries(run)) and entries(run)[-1]["who"] in (who.me(), "test")
    assert "all 2 records" in run("verify", "-", input=run("export", "demo").stdout.encode()).output


def test_by_record_by_time_and_by_account(run: Run, shop: Service, ring: Keys) -> None:
    first, _, third = (log.answer(shop, log.EVERYTHING) for _ in range(3))
    notice = shop.notice("en").id
    shop.answer(log.EVERYTHING, notice, token=third.token, account=account_subject(ring, "ann@example.org"))
    assert "1 personal part of record" in run("erase", "demo", "--record", str(first.record.id), "--yes").output
    assert "1 personal part from before 2026-11-21T04:00:02Z" in (
        run("erase", "demo", "--before", "2026-11-21T04:00:02Z", "--yes").output
    )
    said = run("erase", "demo", "--account", "ann@example.org", "--yes").output
    assert "Erased 2 personal parts of the account given and 1 browser linked to it." in said
    left = [one.sealed for one in shop.store.stream("demo")]
    assert left == [None] * 4
    assert "ann" not in json.dumps(entries(run)) and [one[2] for one in deeds(run)] == [1, 1, 2]


@pytest.mark.parametrize("words", [[], ["--subject", "x", "--before", "2026-01-01"], ["--record", "x"]])
def test_it_is_said_what_to_erase(run: Run, shop: Service, words: list[str]) -> None:
    run("erase", "demo", *words, "--yes", fails=True)
    assert entries(run) == []


def test_exports_and_look_ups_are_logged_first(run: Run, shop: Service, ring: Keys, tmp_path: Path) -> None:
    """Promise A5."""
    first = log.answer(shop, log.EVERYTHING)
    her = str(first.subject)
    out = tmp_path / "log.csv"
    run("export", "demo", "--since", "2026-01-01", "--output", str(out))
    run("export", "demo", "--subject", her, "--personal")
    run("export", "demo")
    run("show", her)
    run("show", first.token.text)
    run("show", "nobody-at-all", fails=True)
    named = f"subject {pseudonym(ring, her)}"
    assert deeds(run) == [
        ("export", "since 2026-01-01T00:00:00Z", 1),
        ("export", f"{named} personal", 1),
        ("export", "all", 1),
        ("look up", named, 1),
        ("look up", named, 1),
        ("look up", f"subject {pseudonym(ring, 'nobody-at-all')}", 0),
    ]
    assert {one["who"] for one in entries(run)} == {who.me()} and her not in run("access", "demo").stdout
    assert run("access", "demo", "--until", "2020-01-01").stdout.split() == ["time,who,action,filter,count,id"]

    with shop.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE consent_access RENAME TO away")
    out.unlink()
    assert "nothing was done" in run("export", "demo", "--output", str(out), fails=True).output
    assert list(tmp_path.glob("log.csv*")) == []
    assert her not in run("show", her, fails=True).output
    run("erase", "demo", "--subject", her, "--yes", fails=True)
    assert len(shop.store.by_subject("demo", next(shop.store.stream("demo")).sealed.subject_ref)) == 1  # type: ignore[union-attr]


def test_prune_says_what_would_go_and_does_it(run: Run, shop: Service, tmp_path: Path) -> None:
    """Promise C4. The command goes by the machine's clock, so what is to go is from long ago."""
    shop._clock.time = NOW - 20 * YEAR  # type: ignore[attr-defined]
    old = log.answer(shop, log.EVERYTHING)
    file = tmp_path / "consent.toml"
    file.write_text(f'{SITE}\n[retention]\npersonal = "2 years"\n')
    said = run("prune", str(file), "--dry-run").output
    assert "personal parts of records" in said and "2 years" in said and "2006-11-26" in said
    assert "1 would go." in said and shop.store.has_personal("demo", old.record.id)
    assert "1 went." in run("prune", str(file)).output
    assert not shop.store.has_personal("demo", old.record.id) and shop.store.count("demo") == 1
    assert [one[0] for one in deeds(run)] == ["prune"] and "0 went." in run("prune", str(file)).output
    assert len(entries(run)) == 1
    run("prune", str(tmp_path / "none.toml"), fails=True)


def test_rotation_by_command(run: Run, shop: Service, data: Path, ring: Keys) -> None:
    first = log.answer(shop, log.EVERYTHING)
    path = keyfile.path_of(data / "keys", "demo")
    assert "1 personal part of demo" in run("keys", "rotate", "demo", "--wait", "0").output
    assert keyfile.read(path).personal_key() != ring.personal_key()
    assert str(first.record.id) in run("show", str(first.subject)).output
    assert "0 personal parts of other" not in run("keys", "rotate", "other", fails=True).output


def test_receipts_of_who_was_erased_hold_before_and_after(run: Run, shop: Service, ring: Keys) -> None:
    """Promise E6: the proof stays, and the checkpoint before is one that the log still goes on from."""
    first = log.answer(shop, log.EVERYTHING)
    log.answer(shop, log.EVERYTHING)
    before = shop.store.seal("demo", ring, NOW + 60)
    own = shop.receipt(str(first.record.id), first.token)
    assert before and own and str(first.subject) in own.decode()
    run("erase", "demo", "--subject", str(first.subject), "--yes")
    log.answer(shop, log.EVERYTHING)
    after = shop.store.seal("demo", ring, NOW + 120)
    assert after and after.size == before.size + 1
    text = run("receipt", str(first.record.id)).stdout
    assert str(first.subject) not in text
    assert ring.ledger
    key = str(ring.ledger.verifier)
    for receipt, whose in ((own.decode(), "the personal part is in it"), (text, "it names nobody")):
        said = run("verify", "-", "--key", key, input=receipt).output
        assert "standard input holds" in said and whose in said
    assert "all 3 records" in run("verify", "-", input=run("export", "demo").stdout.encode()).output
    assert shop.receipt(str(first.record.id), first.token) is None
