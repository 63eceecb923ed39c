"""What bad input gets: a problem document (RFC 9457) for programs, a page with the way out for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response

TYPE = "https://consent-ledger.example/problems/"


@dataclass(frozen=True, slots=True)
class Problem:
    """`type` is stable; `detail` is ours and never echoes the input; `text` names the notice's words for people."""

    type: str
    status: int
    detail: str
    text: str = "error_bad"
    retry_after: int | None = None  # seconds

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457 §3.1."""
        title = HTTPStatus(self.status).phrase
        return {"type": TYPE + self.type, "title": title, "status": self.status, "detail": self.detail}

    def response(self) -> Response:
        """As `application/problem+json`."""
        response = Response(json.dumps(self.document()), self.status, mimetype="application/problem+json")
        return self.dress(response)

    def dress(self, response: Response) -> Response:
        """The headers that go with the problem in either form."""
        response.headers["Cache-Control"] = "no-store"
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


FOREIGN = Problem("foreign-origin", 403, "Decisions are taken from the site's own pages only.", "error_csrf")
UNLISTED = Problem(
    "foreign-origin", 403, "Nothing is recorded from this page: its origin is not among the site file's origins."
)
CSRF = Problem("csrf", 403, "The CSRF token is missing, wrong or too old. Load the page again.", "error_csrf")
CHANGED = Problem("notice-changed", 409, "The questions have changed. Load the page again and choose.", "error_changed")
REUSED = Problem("key-reused", 409, "This idempotency key was used for another answer. Make a new one.")
TOO_LARGE = Problem("too-large", 413, "A decision is at most 16 KiB.", "error_large")
TOO_OFTEN = Problem("too-often", 429, "Too many decisions from this address. Wait a minute.", "error_busy", 60)
MALFORMED = Problem("malformed", 400, "The body is neither a form nor JSON with the fields of openapi.json.")
MEDIA = Problem("media-type", 415, "Send application/x-www-form-urlencoded or application/json.")
UNAVAILABLE = Problem(
    "unavailable", 503, "The record could not be stored. Send it again with the same key.", "error_busy", 5
)
UNSHARED = Problem("foreign-origin", 403, "Choices pass only between two origins of the site file's sharing.domains.")
NO_CHOICE = Problem("no-choice", 409, "There is no valid choice to take along. Send the token of one.")
CHOSEN = Problem("chosen", 409, "This browser has a choice already, which stays.")
TICKET = Problem("ticket", 403, "The ticket is not valid here, not any more, or was used. Ask the person.")
NOT_FOUND = Problem("not-found", 404, "There is no such thing here.")
