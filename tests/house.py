"""A site at work on a key ring in a file, as a server has it."""

from __future__ import annotations

import io
from pathlib import Path

from consent import keyfile
from consent.decision import Answer
from consent.export.write import write
from consent.rotation import rotate
from consent.service import About, Outcome, Service
from consent.site.model import Site
from consent.store import Store

from .conftest import Clock

YES, NO = Answer("accept_all"), Answer("reject_all")


class World:
    """Its ring, store and service. Each answer comes a second after the last."""

    def __init__(self, site: Site, folder: Path, url: str, clock: Clock) -> None:
        self.path = keyfile.path_of(folder / "keys", site.id)
        if not self.path.exists():
            keyfile.make(self.path, site.id)
        self.ring = keyfile.Watched(self.path.parent, site.id, production=True)
        self.store = Store.open(url)
        self.service = Service(site, self.ring, self.store, clock=clock)
        self.clock = clock

    def answer(self, given: Answer, after: Outcome | None = None, account: str | None = None, **about: str) -> Outcome:
        self.clock.time += 1
        service = self.service
        token = after.token if after else None
        return service.answer(
            given, service.notice("en").id, token=token, key=f"key-{self.clock.time:.0f}-of-sixteen",
            about=About(**about), account=account,
        )  # fmt: skip

    def rotate(self) -> int:
        return sum(rotate(self.path, "demo", self.store, settle=0))

    def export(self, *, personal: bool) -> bytes:
        out = io.BytesIO()
        write(
            self.store.pages("demo", personal=personal), out, "jsonl", self.ring() if personal else None, lambda _: None
        )
        return out.getvalue()
