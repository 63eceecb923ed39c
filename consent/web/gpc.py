"""Global Privacy Control where it opts people out of sale and sharing: at once, on record, and said (R20, R21).

CCPA regs §7025(c): for the browser, what is known of it, and a known account. With the first page, so without a banner,
a click or a script. By tag, and where a page may lie in a shared cache, the banner's script does the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import current_app, g, request

from .. import signals
from ..decision import Answer
from ..errors import DecisionError
from ..regimes import Regime
from ..service import NoticeChanged, Service
from ..store import StoreError
from ..token import Token

if TYPE_CHECKING:
    from ..extension import Consent

HEADER = "Sec-GPC"


@dataclass(frozen=True, slots=True)
class Stands:
    """How somebody stands to sale and sharing, as pages say it: names of the notice's texts."""

    honoured: bool = False  # their browser's signal, here and now
    out: bool = False  # they are opted out, however
    fresh: bool = False  # the signal was recorded by this very request
    account: bool = False  # and holds for their account too

    @property
    def words(self) -> tuple[str, ...]:
        """What a page says; nothing to those who are not opted out."""
        if self.honoured:
            account = ("gpc_account",) if self.account else ()
            return ("gpc_honoured", *(("gpc_opted_out", *account) if self.fresh else ()))
        return ("opted_out",) if self.out else ()


NOBODY = Stands()


def is_on(environ: Mapping[str, Any]) -> bool:
    """Whether a request brings the signal: only exactly `1` counts (GPC §3.3)."""
    return environ.get("HTTP_SEC_GPC") == "1"


def obey(consent: Consent, *, page: bool = True) -> None:
    """Record that the signal of this request opts out, where it does and that is not on record yet.

    `page`: as part of a page that somebody opens; else for an account, whatever is asked for. If it cannot be stored
    now, nothing is on that it would switch off, the page is shown, and the next request tries again.
    """
    service = consent.service
    if not service.sold or not consent.regime.honours_gpc:
        return
    g.consent_heard = g.consent_varies = True
    token = consent.record
    if not is_on(request.environ) or (token and not token.yields) or (page and not _is_opened()):
        return
    if token is None and not consent.regime.presumes:
        return  # everything is off until a yes, and that has the signal on its record
    if not consent.state.limiter.admits(request.remote_addr or "", time.monotonic()):
        return
    answer = Answer("told", via="api", signals=signals.read(request.headers))
    try:
        outcome = service.answer(
            answer, consent.notice().id, token=token, region=consent.region, account=consent.account
        )
    except (StoreError, DecisionError, NoticeChanged) as error:
        current_app.logger.error("consent: an opt-out by signal could not be recorded yet", exc_info=error)
        return
    g.consent_obeyed = True
    consent.holds(outcome.token, token)
    consent.announce(outcome, token)


def _is_opened() -> bool:
    """Whether somebody opens a page with this request, rather than a script a part of one, or a browser in advance."""
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and "prefetch" not in ahead
    )


def stands(consent: Consent) -> Stands:
    """How the person of this request stands to sale and sharing."""
    if consent.regime.honours_gpc:
        g.consent_heard = True
    found = standing(consent.service, consent.record, consent.regime, is_on(request.environ))
    return replace(found, fresh=g.get("consent_obeyed", False), account=consent.account is not None)


def _is_out(service: Service, token: Token) -> bool:
    return bool(service.sold) and all(token.answers.get(name) == 0 for name in service.sold)


def standing(service: Service, token: Token | None, regime: Regime, on: bool) -> Stands:
    """How whoever holds a token does; `on`: their browser sends the signal."""
    on = on and regime.honours_gpc
    now = service.yielded(token) if token and on and token.yields else token
    return Stands(
        honoured=on and bool(service.sold) and not any(service.allows(now, name) for name in service.sold),
        out=regime.presumes and now is not None and _is_out(service, now),
    )
