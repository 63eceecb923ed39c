"""In a mounted application: what people do with their own data is logged, the daily job begins, keys may change."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import Flask

from consent import keyfile
from consent.extension import State
from consent.rotation import rotate
from consent.web import csrf

from .worlds import Visitor, make_app, newest, service_of

ME = "/consent/me"


def deeds(app: Flask) -> list[tuple[str, str, int]]:
    return [(one.who, one.action, one.count) for one in service_of(app).store.accesses("demo")]


def test_ones_own_page_download_and_erasure_are_logged(app: Flask, visitor: Visitor) -> None:  # promise A5
    visitor.send("accept_all")
    visitor.get("/consent/")
    visitor.get(ME)  # the same within the hour
    assert deeds(app) == [("person", "look up", 1)]
    visitor.get(ME + "/records.jsonl")
    visitor.get(f"{ME}/receipt/{newest(app)['id']}.json")
    assert deeds(app)[1:] == [("person", "export", 1)] * 2
    visitor.client.post(ME + "/erase", data={"csrf_token": csrf.token(service_of(app))})
    assert deeds(app)[-1] == ("person", "erase", 2)  # the withdrawal that came first is erased, too


def test_a_refusal_looks_nobody_up(app: Flask, visitor: Visitor) -> None:
    visitor.send("reject_all")
    for page in ("/consent/", ME, ME + "/records.jsonl"):
        visitor.get(page)
    assert deeds(app) == []


def test_the_daily_job_begins_with_the_first_record(tmp_path: Path) -> None:
    def running() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name == "consent-prune-demo"]

    app = make_app(tmp_path / "on", CONSENT_PRUNE=True)
    visitor = Visitor(app)
    visitor.get("/")
    assert running() == []
    visitor.send("accept_all")
    visitor.send("withdraw")
    (thread,) = running()
    state: State = app.extensions["consent"]
    assert state.daily
    state.daily.stop()
    thread.join(60)
    assert not thread.is_alive()
    state.service.store.close()
    Visitor(off := make_app(tmp_path / "off")).send("accept_all")  # testing: nothing runs by itself
    assert running() == []
    service_of(off).store.close()


def test_keys_change_under_a_running_server(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    service = service_of(app)
    token = csrf.token(service)
    before = service.keys.personal_key()
    path = keyfile.path_of(Path(app.instance_path) / "consent" / "keys", "demo")
    assert sum(rotate(path, "demo", service.store, settle=0)) == 1
    assert visitor.allows("analytics") and visitor.get(ME).status_code == 200
    assert csrf.valid(service, token) and service.keys.personal_key() != before
    assert visitor.send("withdraw").status_code == 201
    first, second = service.store.stream("demo")
    assert first.sealed and second.sealed and first.sealed.subject_ref == second.sealed.subject_ref
