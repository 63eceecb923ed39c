"""A site's terms change between two starts: whose yes still counts, who is asked, and about what (R11; B6, E13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent.decision import Answer
from consent.encoding import strict_json
from consent.keys import Keys
from consent.service import Service
from consent.site.load import loads
from consent.store import Store, StoreUnavailable
from consent.token import Token

from .conftest import SITE, Clock

POND = """
[vendors.pond]
name = "Pond"
country = "FR"
policy = "https://pond.example/privacy"
items = [{ name = "_pnd", duration = "2 days" }]
"""
BOTH = 'vendors = ["meadow", "brook"]'
MORE = SITE.replace(BOTH, 'vendors = ["meadow", "brook", "pond"]') + POND
LESS = SITE.replace(BOTH, 'vendors = ["meadow"]').split("[vendors.brook]")[0] + "[purposes.necessary]" + (
    SITE.replace(BOTH, 'vendors = ["meadow"]').split("[purposes.necessary]")[1]
)  # fmt: skip
ANALYTICS = '[purposes.analytics]\nretention = "13 months"'
LONGER = SITE.replace(ANALYTICS, '[purposes.analytics]\nretention = "25 months"')
SHORTER = SITE.replace(ANALYTICS, '[purposes.analytics]\nretention = "1 month"')
TYPO = SITE.replace("We use your pictures to train", "We use your photos to train").replace(
    "Meadow Analytics", "Meadow"
)
NEWS = SITE + '\n[purposes.news]\nname = "News"\ntext = "By e-mail."\nbasis = "consent"\nretention = "1 year"\n'
Deploy = Callable[[str], Service]


@pytest.fixture
def deploy(keys: Keys, clock: Clock, tmp_path: Path) -> Iterator[Deploy]:
    """Starts the site anew with another site file: another process over the same store."""
    stores: list[Store] = []

    def start(text: str) -> Service:
        clock.time += 1
        stores.append(Store.open(f"sqlite:///{tmp_path / 'consent.sqlite3'}"))
        return Service(loads(text), keys, stores[-1], clock=clock)

    yield start
    for store in stores:
        store.close()


def says(service: Service, choice: str, token: Token | None = None, *names: str) -> Token:
    """The token after an answer, as the next request would read it."""
    made = service.answer(Answer(choice, frozenset(names)), service.notice("en").id, token=token).token
    return believed(service, made)


def believed(service: Service, token: Token) -> Token:
    found = service.believe(token.text)
    assert found
    return found


@pytest.mark.parametrize("text", [TYPO, LESS, SHORTER], ids=["typo", "vendor gone", "shorter"])
def test_what_is_not_material_asks_nobody(deploy: Deploy, text: str) -> None:
    yes = says(deploy(SITE), "accept_all")
    later = deploy(text)
    held = believed(later, yes)
    assert later.decided(held) and later.allows(held, "analytics marketing")
    assert later.earlier.news(held, later.notice("en")) is None
    changes = later.earlier.between(yes.notice, later.notice("en"))
    assert changes and not any(change.material for change in changes)


@pytest.mark.parametrize(
    ("text", "purpose", "kind"),
    [(MORE, "analytics", "vendor_new"), (LONGER, "analytics", "retention"), (NEWS, "news", "purpose_new")],
    ids=["vendor", "longer", "purpose"],
)
def test_what_is_material_asks_again_about_it_alone(deploy: Deploy, text: str, purpose: str, kind: str) -> None:
    """Regulation R11."""
    yes = says(deploy(SITE), "accept_all")
    later = deploy(text)
    held = believed(later, yes)
    assert not later.decided(held)
    assert not later.allows(held, purpose) and later.allows(held, "marketing")
    news = later.earlier.news(held, later.notice("en"))
    assert news and news.purposes == (purpose,) and [change.kind for change in news.changes] == [kind]


def test_who_refused_is_asked_about_a_new_purpose_alone(deploy: Deploy) -> None:
    """And about a new vendor in what they refused not at all (R9)."""
    no = says(deploy(SITE), "reject_all")
    more, news = deploy(MORE), deploy(NEWS)
    assert more.decided(believed(more, no))
    found = news.earlier.news(believed(news, no), news.notice("en"))
    assert found and found.purposes == ("news",)


def test_accepting_what_is_new_leaves_the_rest_as_it_is(deploy: Deploy) -> None:
    before = deploy(SITE)
    answer = Answer("save", frozenset({"analytics", "ai_training"}), frozenset({"analytics/brook"}))
    some = before.answer(answer, before.notice("en").id).token
    later = deploy(MORE)
    after = says(later, "add", believed(later, some), "analytics")
    assert later.decided(after) and later.allows(after, "analytics/pond analytics/meadow ai_training")
    assert not later.allows(after, "analytics/brook")  # what was left out stays so
    assert not later.allows(after, "marketing")


def test_refusing_a_new_vendor_leaves_it_out(deploy: Deploy) -> None:
    yes = says(deploy(SITE), "accept_all")
    later = deploy(MORE)
    after = says(later, "refuse_new", believed(later, yes))
    assert later.decided(after) and later.allows(after, "analytics/meadow analytics/brook marketing")
    assert not later.allows(after, "analytics/pond")
    fields = list(later.store.stream("demo"))[-1].record.fields
    assert fields["method"] == "save" and fields["vendors"] == {"analytics/pond": False}
    assert fields["notice"] == later.notice("en").id


def test_refusing_what_is_longer_ends_it_and_nothing_else(deploy: Deploy) -> None:
    yes = says(deploy(SITE), "accept_all")
    later = deploy(LONGER)
    after = says(later, "refuse_new", believed(later, yes))
    assert later.decided(after) and later.allows(after, "marketing") and not later.allows(after, "analytics")


def test_refusing_what_is_new_never_allows_what_was_refused(deploy: Deploy) -> None:
    """Nor does it for somebody without a choice, or for one that was given to something else."""
    before = deploy(SITE)
    some = says(before, "save", None, "marketing")
    later = deploy(MORE)
    after = says(later, "refuse_new", believed(later, some))
    assert later.allows(after, "marketing") and not later.allows(after, "analytics")
    assert not later.allows(says(later, "refuse_new"), "marketing")
    both = deploy(MORE.replace(ANALYTICS, '[purposes.analytics]\nretention = "25 months"'))
    yes = believed(both, says(before, "accept_all"))
    assert not both.allows(says(both, "refuse_new", yes), "analytics")  # longer, too: not as it was


def test_a_yes_to_less_is_none_to_more_however_the_versions_follow(deploy: Deploy) -> None:
    """A vendor goes and comes back: who came in between has not said yes to it."""
    first, second = deploy(SITE), deploy(LESS)
    old, between = says(first, "accept_all"), says(second, "accept_all")
    third = deploy(SITE)
    assert third.allows(believed(third, old), "analytics")
    assert not third.allows(believed(third, between), "analytics")
    assert not third.decided(believed(third, between))


def test_a_record_made_before_still_resolves_to_the_text_of_its_day(deploy: Deploy) -> None:
    """Regulation R6; issue: done when 5."""
    before = deploy(SITE)
    yes = says(before, "accept_all")
    shown = before.notice("en").body
    later = deploy(TYPO.replace("effective = 2026-04-06", "effective = 2026-12-01"))
    (past,) = later.latest(_subject(later, yes), 5)
    assert past.notice == shown
    text = strict_json(past.notice or b"")
    assert text["effective"] == "2026-04-06" and "pictures" in str(text["purposes"])
    assert later.archived(later.notice("en").id) != shown


def _subject(service: Service, token: Token) -> str:
    found = service.subject(believed(service, token))
    assert found
    return found


def test_while_the_store_is_away_no_earlier_yes_counts(deploy: Deploy, keys: Keys, clock: Clock) -> None:
    yes = says(deploy(SITE), "accept_all")
    good = deploy(LESS)

    def away() -> Store:
        raise StoreUnavailable("away")

    later = Service(loads(LESS), keys, away, clock=clock)
    assert not later.allows(believed(later, yes), "analytics")
    assert later.allows(believed(later, yes), "marketing")  # needs no store
    assert later.earlier.news(believed(later, yes), later.notice("en")) is None  # then everything is asked
    later._way_in = lambda: good.store
    clock.time += 400
    assert later.allows(believed(later, yes), "analytics")


def test_versions_are_told_once_and_in_the_language_there_is(deploy: Deploy, clock: Clock) -> None:
    first = deploy(SITE)
    says(first, "accept_all")
    for locale in ("de", "en"):
        first.answer(Answer("reject_all"), first.notice(locale).id)
    clock.time += 10
    second = deploy(MORE)
    says(second, "reject_all")
    found = second.earlier.versions("de")
    assert [content["locale"] for _, content in found] == ["en", "de"]
    assert found[0][0].id == second.earlier.version and found[1][0].first == found[0][0].first - 11
