"""The guard of the form: a Flask-WTF token that names nobody.

A token bound to a session would put an identifier on the device of everyone who sees the banner, and would keep
pages out of shared caches. Ours is bound to the site and the day, the same for all; what stops a foreign page is
the check of the request's origin beside it (`origin.is_own`).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, Signer
from wtforms.csrf.core import CSRF
from wtforms.validators import ValidationError

from ..regimes import DAY
from ..service import Service

DAYS = 31  # how long a page may lie in a cache and still be answered


@lru_cache(maxsize=256)
def _signer(key: bytes, site: str) -> Signer:
    return Signer(key, salt=f"csrf.{site}", sep=".", digest_method=hashlib.sha256)


@lru_cache(maxsize=256)
def _day(key: bytes, site: str, text: str) -> int | None:
    """The day of a token; remembered, because a day's visitors all send the same one."""
    try:
        return int(_signer(key, site).unsign(text.encode("utf-8", "replace")))
    except (BadSignature, ValueError):
        return None


def token(service: Service) -> str:
    """Today's token of a site."""
    signer = _signer(service.keys.form_key, service.site.id)
    return signer.sign(str(service.now() // DAY)).decode("ascii")


def valid(service: Service, text: str | None) -> bool:
    """Whether `text` is a token of the site from the last DAYS days."""
    if not text or len(text) > 100:
        return False
    day = _day(service.keys.form_key, service.site.id, text)
    return day is not None and 0 <= service.now() // DAY - day <= DAYS


class StatelessCSRF(CSRF):  # type: ignore[misc]
    """WTForms' hook for the above; the form's `csrf_context` is the Service."""

    def setup_form(self, form: Any) -> Any:
        """Keep the service for the two methods below."""
        self.service: Service = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002 (WTForms' signature)
        """Today's token."""
        return token(self.service)

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002
        """Raise ValidationError for any other."""
        if not valid(self.service, field.data):
            raise ValidationError("The CSRF token is missing, wrong or too old.")
