"""The OpenAPI document of the endpoints that programs may use."""

from __future__ import annotations

from typing import Any

from ..service import Service
from ..token import MAX_LENGTH
from . import csrf, problems
from .answers import MAX_NAMES

_STRING = {"type": "string", "maxLength": 128}
_NAMES = {"type": "array", "items": _STRING, "maxItems": MAX_NAMES}


def document(service: Service, base: str) -> dict[str, Any]:
    """OpenAPI 3.1, for the site that serves it: its present notice and today's CSRF token stand as examples."""
    notice = service.notice()
    answer = {
        "type": "object",
        "required": ["choice", "notice", "csrf_token"],
        "additionalProperties": False,
        "properties": {
            "choice": {
                "enum": ["accept_all", "reject_all", "save", "add", "withdraw", "refuse_new", "told"],
                "description": "told: the notice was shown, and nobody has objected. Only where the law presumes then.",
            },
            "notice": {**_STRING, "description": "The id of the notice that was shown.", "examples": [notice.id]},
            "csrf_token": {**_STRING, "examples": [csrf.token(service)]},
            "purpose": {**_NAMES, "description": "Purposes that are allowed (save), or allowed in addition (add)."},
            "except": {**_NAMES, "description": "Vendors left out of an allowed purpose: purpose/vendor."},
            "object": {**_NAMES, "description": "Purposes of legitimate interest objected to (add: too)."},
            "locale": {"type": "string", "maxLength": 35},
            "return": {"type": "string", "maxLength": 2048},
            "key": {"type": "string", "pattern": "^([A-Za-z0-9_-]{16,64})?$", "description": "Idempotency key."},
            "via": {"enum": ["", "script", "form", "api"]},
            "dnt": {**_STRING, "description": "navigator.doNotTrack"},
            "gpc": {**_STRING, "description": "navigator.globalPrivacyControl"},
            "age": {"enum": ["", "under", "over"]},
            "token": {
                "type": "string",
                "maxLength": MAX_LENGTH,
                "description": "The newest token, where no cookie carries it: then this record follows that one.",
            },
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Consent of {service.site.name}", "version": "1"},
        "servers": [{"url": base.rstrip("/")}],
        "paths": {
            "/decision": {"post": _decision(answer)},
            "/notices/{id}": {"get": _notice()},
            "/keys.json": {"get": _json("The public keys that verify records and tokens.")},
        },
        "components": {"schemas": {"Problem": _problem()}},
    }


def _decision(answer: dict[str, Any]) -> dict[str, Any]:
    stored = {
        "type": "object",
        "required": ["token", "answers", "expires", "record"],
        "properties": {
            "token": {"type": "string"},
            "answers": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "expires": {"type": "integer", "description": "Unix seconds"},
            "record": {"type": ["string", "null"], "description": "null after a refusal, which names nobody"},
        },
    }
    refusals = (
        problems.MALFORMED,
        problems.FOREIGN,
        problems.CHANGED,
        problems.TOO_LARGE,
        problems.MEDIA,
        problems.TOO_OFTEN,
        problems.UNAVAILABLE,
    )
    bad = {str(problem.status): _refused(problem.detail) for problem in refusals}
    return {
        "summary": "Record a decision; durable when answered.",
        "operationId": "decide",
        "requestBody": {"required": True, "content": {"application/json": {"schema": answer}}},
        "responses": {
            "201": {"description": "Stored.", "content": {"application/json": {"schema": stored}}},
            "422": _refused("An unknown purpose or vendor, a choice that is none here, or an age that is missing."),
            **bad,
        },
    }


def _notice() -> dict[str, Any]:
    return {
        "summary": "A notice by its id, exactly as it was shown.",
        "operationId": "notice",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}],
        "responses": {
            "200": {"description": "Canonical JSON.", "content": {"application/json": {"schema": {"type": "object"}}}},
            "404": {"description": "Unknown."},
        },
    }


def _json(summary: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"summary": summary, "responses": {"200": {"description": summary, "content": content}}}


def _refused(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {"type": text, "title": text, "status": {"type": "integer"}, "detail": text},
    }
