"""What can go wrong with an answer, a token or a key. Each carries its evidence and says what to do next."""

from __future__ import annotations


class ConsentError(Exception):
    """The root of all errors that this package raises on purpose."""


class DecisionError(ConsentError):
    """An answer that cannot become a decision. `type` is the stable end of the problem's type URI (RFC 9457)."""

    type = "bad-answer"
    status = 422


class UnknownPurpose(DecisionError):
    """The answer names something that the notice did not ask."""

    type = "unknown-purpose"

    def __init__(self, name: str) -> None:
        super().__init__("The answer names a purpose or vendor that this site does not ask about. Reload the page.")
        self.name = name


class UnknownChoice(DecisionError):
    """The answer is none of those that can be given."""

    type = "unknown-choice"

    def __init__(self, choice: str) -> None:
        super().__init__(
            "Choose one of accept_all, reject_all, save, add, refuse_new or withdraw; where the law presumes also told."
        )
        self.choice = choice


class AgeRequired(DecisionError):
    """The site asks an age before anything optional can be allowed (promises C7, E9)."""

    type = "age-required"

    def __init__(self, minimum: int) -> None:
        super().__init__("Answer the question about your age first, or refuse.")
        self.minimum = minimum


class TokenError(ConsentError):
    """A token that is treated as no choice. `reason` is one of malformed, unknown_key, signature, site, expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The token is not valid: {reason}.")
        self.reason = reason


class KeysError(ConsentError):
    """A key ring that is missing or cannot be used; the message says how to make one."""


class AccountError(ConsentError):
    """A user id that no account can have."""
