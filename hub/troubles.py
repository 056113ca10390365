"""What may go wrong at the other side: three exceptions decide what happens, and InDoubt says that nobody knows."""

from __future__ import annotations


class Unavailable(Exception):
    """The other side is not there for now, in words for a person: the hub waits 1, 2, 4 … 60 s and tries again.

    `after`: it said itself in how many seconds it may be asked again, None where it said nothing.
    """

    def __init__(self, *words: object, after: float | None = None) -> None:
        """Keep both."""
        super().__init__(*words)
        self.after = after


class AuthFailed(Exception):
    """The other side refuses our credentials: stop, show the channel red, give the admin a task with the words."""


OURS, OPPOSED = "ours", "opposed"
"""Causes of a refusal: what we are or send, whoever it is to; or that the customer wants no advertising from us."""


class Refused(Exception):
    """The command failed for good; the words are for the person who wanted it. `cause` is one of the above, or ""."""

    cause = ""


class Blocked(Refused):
    """The customer does not let us write to him."""


class Ours(Refused):
    """Refused for what we are, or for what we send, whoever it is to: what else is like it need not be tried."""

    cause = OURS


class Opposed(Refused):
    """The customer told the messenger that he wants no advertising from us; he may be answered all the same."""

    cause = OPPOSED


class InDoubt(Exception):
    """A command was begun, and nobody knows whether it was carried out; the words are for who must decide."""
