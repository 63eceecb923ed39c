"""Under the age nothing optional is on and nothing personal is kept, by whatever way it comes in (promises C7, E9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consent.decision import Answer
from consent.errors import AgeRequired
from consent.service import NoticeChanged, Service
from consent.signals import Signals
from consent.store import Entry
from tests.conftest import SITE, Clock

from .test_decisions import with_age
from .test_imported import CHOICES, hands_in
from .test_link import ADA, Member, members
from .test_sharing import SHARED, A, B, post
from .test_tag import LISTED, decide, served
from .worlds import Visitor, hidden, make_app, newest, service_of, stored

ASKED = ("analytics", "marketing", "ai_training")
LOCAL = SITE.replace("[controller]", "[age]\nlocal = true\nregions = { FR = 17 }\n[controller]", 1)


@pytest.fixture
def young(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "young", site=with_age(SITE), clock=clock)
    yield made
    service_of(made).store.close()


def entries(app: Flask) -> list[Entry]:
    return list(service_of(app).store.stream("demo"))


def nothing_is_known(app: Flask) -> None:
    """Every record is a refusal that leads to nobody."""
    for entry in entries(app):
        assert not entry.record.fields["fingerprints"] and entry.sealed is None
        assert not any(entry.record.fields["answers"][name] for name in ASKED)
        assert "personal" not in entry.record.fields or not entry.record.fields["personal"]


@pytest.mark.parametrize("choice", ["accept_all", "save", "add"])
@pytest.mark.parametrize("way", ["json", "form", "tag"])
def test_whatever_asks_for_a_yes_gets_none(tmp_path: Path, way: str, choice: str) -> None:  # C7, E9
    purposes = {} if choice == "accept_all" else {"purpose": [*ASKED]}
    app = served(tmp_path / "tag", with_age(LISTED))
    visitor = Visitor(app)
    said = []
    for age in ("", "under"):
        if way == "json":
            said.append(visitor.send(choice, age=age, **purposes).status_code)
        elif way == "tag":
            said.append(decide(app, choice=choice, age=age, **purposes).status_code)
        else:
            data = {**visitor.body(choice, age=age), **purposes}
            said.append(visitor.client.post("/consent/decision", data=data).status_code)
    assert said == [422, 303 if way == "form" else 201] and stored(app) == 1
    assert newest(app)["age"] == "under"
    nothing_is_known(app)


def test_nothing_that_the_site_keeps_otherwise_is_kept_of_a_child(tmp_path: Path, clock: Clock) -> None:  # C7
    keeping = with_age(SITE) + '[records]\nip = "truncated"\ndevice = true\npage = true\n'
    app = make_app(tmp_path, site=keeping, clock=clock)
    Visitor(app).send("accept_all", age="under", **{"return": "/a/private/page"})
    nothing_is_known(app)
    Visitor(app).send("accept_all", age="over", **{"return": "/a/page"})
    opened = service_of(app).opened(entries(app)[-1])
    assert opened and opened.ip and opened.page == "/a/page", "of others it is"


def test_who_says_so_later_loses_what_was_on(young: Flask) -> None:
    visitor = Visitor(young)
    visitor.send("accept_all", age="over")
    assert visitor.allows("analytics")
    visitor.send("add", age="under", purpose=["ai_training"])
    assert not any(visitor.allows(name) for name in ASKED)
    assert entries(young)[-1].sealed is None and newest(young)["method"] == "withdraw"


@pytest.mark.parametrize("age", ["13", "OVER", "over ", "true", "<b>", "of age"])
def test_another_answer_is_none(young: Flask, age: str) -> None:
    assert Visitor(young).send("accept_all", age=age).status_code in (400, 422) and stored(young) == 0


def test_nobody_is_told_what_the_right_answer_is(young: Flask) -> None:  # a neutral question
    visitor = Visitor(young)
    page = visitor.press("accept_all").text
    question = re.search(r'<fieldset class="consent-age">.*?</fieldset>', page, re.DOTALL)
    assert question
    ways = re.findall(r"<label><input ([^>]*)> ([^<]+)</label>", question[0])
    assert [re.sub(r'value="\w+"| required', "", attributes).strip() for attributes, _ in ways] == [
        'type="radio" name="age"'
    ] * 2
    assert [words for _, words in ways] == ["Under 13", "13 or older"]
    assert "checked" not in question[0] and question[0].count("<button") == 1
    texts = service_of(young).notice("en").texts
    assert texts["age_result"] not in page, "what follows is said afterwards"
    done = visitor.client.post("/consent/decision", data={**hidden(page), "age": "under"})
    shown = visitor.get(done.headers["Location"]).text
    said = f'role="status"><strong>{texts["age_result"]}</strong>'
    assert said in shown and said not in visitor.get("/consent/").text


def test_a_signal_waits_for_no_age(young: Flask) -> None:
    service = service_of(young)
    local = service.notice("en", region="US-CA")
    with pytest.raises(AgeRequired):
        service.answer(Answer("told"), local.id, region="US-CA")
    done = service.answer(Answer("told", signals=Signals(gpc="1")), local.id, region="US-CA")
    assert not done.decision.grants


# by region


@pytest.fixture
def everywhere(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    app = make_app(tmp_path / "local", site=LOCAL, clock=clock)
    yield service_of(app)
    service_of(app).store.close()


def test_each_region_is_asked_about_its_own_age(everywhere: Service) -> None:  # E9
    asked = {}
    for region in ("US-TX", "ES", "DE", "FR", None):
        notice = everywhere.notice("en", region=region)
        asked[region] = notice.content["age_minimum"]
        assert notice.texts["age_under"] == f"Under {asked[region]}"
    assert asked == {"US-TX": 13, "ES": 14, "DE": 16, "FR": 17, None: 18}


def test_the_question_of_a_region_with_a_lower_age_answers_for_no_other(everywhere: Service) -> None:  # E9
    older = Answer("accept_all", age="over")
    spanish = everywhere.notice("en", region="ES").id
    for region in ("FR", "DE", None):
        with pytest.raises(NoticeChanged):
            everywhere.answer(older, spanish, region=region)
    assert everywhere.store.count("demo") == 0
    assert everywhere.answer(older, everywhere.notice("en", region="FR").id, region="ES").decision.grants


# by other ways


def test_by_an_account(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shop", site=with_age(SITE), clock=clock, after=members)
    child = Member(app)
    child.send("accept_all", age="under")
    child.enters()
    assert not any(child.allows(name) for name in ASKED)
    nothing_is_known(app)
    grown = Member(app)
    grown.send("accept_all", age="over")
    grown.enters()
    assert grown.allows("analytics")
    child.get("/")
    clock.time += 60
    child.get("/")
    assert not any(child.allows(name) for name in ASKED), "another's yes is none of this browser's"
    clock.time += 60
    grown.get("/")
    assert not grown.get(f"/of/{ADA}/analytics").get_json()["allows"], "of the two answers the stricter holds"


def test_by_a_link_to_another_domain(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shared", site=with_age(SHARED), clock=clock)
    visitor = Visitor(app)
    visitor.send("accept_all", age="under")
    ticket = post(app, "/consent/handover", A, token=visitor.token, to=B).get_json()["ticket"]
    arrived = post(app, "/consent/arrive", B, **{"ticket": ticket, "from": A}).get_json()["token"]
    token = service_of(app).believe(arrived)
    assert token and token.record is None and not service_of(app).standing(token).granted
    nothing_is_known(app)


def test_by_what_another_tool_had_stored(tmp_path: Path, clock: Clock) -> None:
    app = make_app(tmp_path / "shop", site=with_age(SITE) + CHOICES, clock=clock)
    assert hands_in(app).status_code == 204
    (entry,) = entries(app)
    assert entry.record.fields["method"] == "imported" and entry.sealed is None
    assert b"k3yz" not in entry.record.leaf and not Visitor(app).allows("analytics")
