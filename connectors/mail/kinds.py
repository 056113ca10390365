"""What kind of letter this is, and whether a machine sent it, so that nothing answers it by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from connectors.mail.headers import Headers
from connectors.mail.letter import Bounce, Kind
from connectors.mail.people import People
from connectors.mail.plain_bounce import is_from_a_server
from connectors.mail.reply_words import ABSENT, STOP

_REMARK = re.compile(r"\([^()]*\)?")
_ROBOTS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply",
)  # fmt: skip
_LISTS = ("list-id", "list-post", "list-unsubscribe")
_BULK = frozenset({"list", "bulk", "junk"})
_SHORT = 200  # characters; a wish to unsubscribe says little more
_WISHES = frozenset({"unsub", "unsubscribe"})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the kind of a letter is told by."""

    headers: Headers
    people: People
    subject: str
    text: str
    bounces: Sequence[Bounce]
    types: frozenset[str]
    is_form: bool


def kind_of(known: Known) -> tuple[Kind, bool]:
    """Give the kind, and whether a machine sent it. The order is that of certainty."""
    if reported := _reported(known):
        return reported, True
    if "message/disposition-notification" in known.types or _answers_by_itself(known.headers, known.subject):
        return "autoreply", True
    if token_of(known.people) or _wants_no_more(known.subject, known.text):
        return "unsubscribe", False
    automatic = _submitted(known.headers) not in {"", "no"} or is_from_a_server(known.headers, _sender(known))
    if known.is_form:
        return "form", automatic
    if is_from_a_server(known.headers, _sender(known)):
        return "autoreply", True
    return "list" if _is_of_a_list(known.headers) else "person", automatic


def token_of(people: People) -> str:
    """Give what follows the + in the address that wishes to unsubscribe go to: it says who, whoever sent it."""
    return next((detail for name, detail in people.details if name in _WISHES), "")


def wish_of(people: People) -> str:
    """Give the same of a letter that is such a wish: by its words it may be one at any address of ours."""
    return token_of(people) or people.detail


def _reported(known: Known) -> Kind | None:
    """Give the kind of a report, by the worst that it tells; None for no report."""
    if not known.bounces:
        return None
    if "message/feedback-report" in known.types:
        return "complaint"
    actions = {bounce.action for bounce in known.bounces}
    return "bounce" if "failed" in actions else "delay" if "delayed" in actions else "delivered"


def _answers_by_itself(headers: Headers, subject: str) -> bool:
    """Tell whether a program answered in somebody's place (RFC 3834, and what Exchange and others write)."""
    how = _submitted(headers)
    return (
        how == "auto-replied"
        or (how not in {"", "no"} and bool(headers.first("in-reply-to")))
        or headers.first("precedence").lower() == "auto_reply"
        or any(headers.all(name) for name in _ROBOTS)
        or ABSENT.match(subject) is not None
    )


def _wants_no_more(subject: str, text: str) -> bool:
    return subject.strip(" .!").casefold() in STOP and len(text) <= _SHORT


def _is_of_a_list(headers: Headers) -> bool:
    """Tell whether it went to many at once: a mailing list (RFC 2919, RFC 2369) or a newsletter."""
    return any(headers.all(name) for name in _LISTS) or headers.first("precedence").lower() in _BULK


def _submitted(headers: Headers) -> str:
    """Give Auto-Submitted without its remarks and parameters."""
    return _REMARK.sub("", headers.first("auto-submitted")).partition(";")[0].strip().lower()


def _sender(known: Known) -> str:
    return known.people.sender.address if known.people.sender else ""
