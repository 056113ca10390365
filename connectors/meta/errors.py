"""What Meta's errors mean for us, and in which words.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes,
https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from connectors.meta.told import NOTHING, Told, line, number, part, read_told
from hub.connector import AuthFailed, Blocked, InDoubt, Opposed, Ours, Refused, Unavailable
from hub.languages import N_
from hub.said import said
from hub.troubles import OPPOSED, OURS

OK, UNAUTHORIZED, NOT_FOUND, TOO_MANY, FAULT, BUSY, TOO_LATE = 200, 401, 404, 429, 500, 503, 504
MINUTE = 60.0

WINDOW = N_("More than 24 hours have passed since the customer wrote last: only a template may be sent now.")
_WINDOWS = frozenset({131047, 2018065, 2018278, 2534022})
_BLOCKED = frozenset({551, 1545041})
_TOKEN = frozenset({0, 190})
_PERMISSIONS = frozenset({3, 10, *range(200, 300)})
# What we are or send, whoever it is to: the account, our number, a template.
_OURS = frozenset({368, 131031, 131037, 131042, 131045, 132000, 132001, 132007, 132015, 132016, 133010})
_OPPOSED = frozenset({131050})
_RESTRICTED = 131048
# Seconds after which it is tried again, where Meta does not say so itself.
_RATES: Mapping[int, float] = {
    4: 5 * MINUTE, 17: 5 * MINUTE, 32: 5 * MINUTE, 613: MINUTE, 80006: 5 * MINUTE, 80007: 5 * MINUTE,
    130429: 5.0, 131048: 60 * MINUTE, 131056: 6.0, 131057: 5 * MINUTE, 133016: 60 * MINUTE,
}  # fmt: skip
# Said before anything was done. After any other trouble of its own Meta may have taken the message all the same.
_SURELY_NOT = frozenset({1200, 131016, 133004})
_PASSING = _SURELY_NOT | {1, 2, 131000}
_WORDS: Mapping[int, str] = {
    368: N_("Meta has blocked our account for a while, for what it holds against its policies."),
    2018001: N_("Meta knows nobody by this id."),
    2018109: N_("The file is larger than Meta takes."),
    130472: N_("Meta did not deliver it: the customer is part of an experiment of its own."),
    131008: N_("Something that is needed is missing."),
    131009: N_("Something in it has a value that is not taken."),
    131021: N_("The customer's number is our own."),
    130497: N_("Our account may not write to customers in this country."),
    131026: N_("It cannot be delivered: there may be no WhatsApp at this number, or one that is too old."),
    131031: N_("Meta has locked our account."),
    131037: N_("Meta has not approved the name that our number shows."),
    131042: N_("Meta misses a way to be paid: look at the account's payment settings."),
    131045: N_("Our number is not registered for WhatsApp."),
    131049: N_("Meta chose not to deliver it, so that the customer gets less advertising."),
    131050: N_("The customer told WhatsApp that he wants no advertising from us."),
    131051: N_("This kind of message is not supported."),
    131052: N_("The customer's file could not be fetched by WhatsApp."),
    131053: N_("The file could not be taken: its kind or size may be one that WhatsApp does not know."),
    131060: N_("WhatsApp cannot show this message."),
    132000: N_("The template has another number of values."),
    132001: N_("There is no such template in this language, or it is not approved."),
    132005: N_("The template is too long once it is filled in."),
    132007: N_("The template breaks a policy of Meta."),
    132012: N_("The values do not fit the template."),
    132015: N_("The template is paused: customers complained of it."),
    132016: N_("The template is disabled: customers complained of it too often."),
    132018: N_("A value of the template has line breaks, or too many spaces."),
    133010: N_("Our number is not registered with WhatsApp's API."),
}
_REGAIN = "estimated_time_to_regain_access"


class Trouble(NamedTuple):
    """An error as Meta tells it."""

    code: int
    subcode: int
    detail: str


def trouble(told: Told) -> Trouble:
    """Read an error, be it an answer's or a web hook's."""
    detail = line(part(told, "error_data"), "details") or line(told, "error_user_msg", "message", "title")
    return Trouble(int(number(told, "code") or 0), int(number(told, "error_subcode") or 0), detail)


def words(of: Trouble) -> str:
    """Say an error to people."""
    if {of.code, of.subcode} & _WINDOWS:
        return said(WINDOW)
    if {of.code, of.subcode} & _BLOCKED:
        return said("The customer does not let us write to him.")
    if of.code == _RESTRICTED:
        return said(
            "Meta restricts our number: too many blocked what we sent, or reported it. Look at its quality."
        )
    known = _WORDS.get(of.subcode) or _WORDS.get(of.code)
    if known:
        return said(known)
    return said("Meta says: %(words)s (%(code)s)", words=of.detail or "—", code=of.code)


def cause(of: Trouble) -> str:
    """Give what may follow from an error beside that a message did not arrive (hub/troubles.py)."""
    codes = {of.code, of.subcode}
    if codes & _OPPOSED:
        return OPPOSED
    return OURS if codes & (_OURS | {_RESTRICTED}) else ""


def failure(status: int, body: bytes, headers: Mapping[str, str], *, many: bool = False) -> Exception:
    """Give what an answer means that is not the one that was wished for.

    `many`: what was sent goes to many, so that to wait until our number is free of restrictions is no way.
    """
    try:
        told = part(read_told(body), "error")
    except ValueError:
        told = NOTHING
    if not told:
        return _bare(status, headers)
    found = trouble(told)
    passes = told.get("is_transient") is True
    if many and found.code == _RESTRICTED:
        return Ours(words(found))
    return (
        _of_the_message(found)
        or _of_the_token(found, status)
        or _for_now(found, status, headers, passes=passes)
    )


def _of_the_message(found: Trouble) -> Exception | None:
    """Give what is wrong with this message or with whom it is to, None where it is something else."""
    codes = {found.code, found.subcode}
    if codes & _BLOCKED:
        return Blocked(words(found))
    kind = {OURS: Ours, OPPOSED: Opposed}.get(cause(found), Refused)
    return kind(words(found)) if codes & (_WINDOWS | _WORDS.keys()) else None


def _of_the_token(found: Trouble, status: int) -> Exception | None:
    if found.code in _TOKEN or status == UNAUTHORIZED:
        return AuthFailed(said("Meta refuses the access token: %(words)s", words=found.detail or "—"))
    if found.code in _PERMISSIONS:
        return AuthFailed(said("The access token may not do this: %(words)s", words=found.detail or "—"))
    return None


def _for_now(found: Trouble, status: int, headers: Mapping[str, str], *, passes: bool) -> Exception:
    """Give what will pass, or the refusal of all else."""
    if found.code in _RATES or status == TOO_MANY:
        pause = _pause(headers) or _RATES.get(found.code, MINUTE)
        words_ = said("Meta lets us send no more for now: %(words)s", words=found.detail or "—")
        return Unavailable(words_, after=pause)
    if status >= FAULT and found.code not in _SURELY_NOT:
        return InDoubt(
            said("Meta is in trouble, and may have sent it or not: %(words)s", words=found.detail or "—")
        )
    if passes or found.code in _PASSING:
        return Unavailable(said("Meta is in trouble: %(words)s", words=found.detail or "—"))
    return Refused(words(found))


def _bare(status: int, headers: Mapping[str, str]) -> Exception:
    """Give what an answer means that is none of the API's own."""
    if status == TOO_LATE:
        return InDoubt(said("Meta answered too late to say whether it was sent."))
    if status == UNAUTHORIZED:
        return AuthFailed(said("Meta refuses the access token: %(words)s", words="—"))
    pause = _pause(headers)
    if status == TOO_MANY or (status == BUSY and pause):
        return Unavailable(said("Meta answers %(status)s.", status=status), after=pause)
    if status >= FAULT:
        return InDoubt(said("Meta answers %(status)s: it may have been sent, or not.", status=status))
    return Refused(said("Meta answers %(status)s.", status=status))


def _pause(headers: Mapping[str, str]) -> float | None:
    """Give the seconds after which Meta says that it takes more, None where it says nothing.

    `X-Business-Use-Case-Usage` has them in minutes, by account and use
    (https://developers.facebook.com/docs/graph-api/overview/rate-limiting).
    """
    seconds = number(headers, "Retry-After")
    try:
        usage = read_told(headers.get("X-Business-Use-Case-Usage", "").encode(errors="replace"))
    except ValueError:
        usage = NOTHING
    lists = (each for uses in usage.values() if isinstance(uses, list) for each in uses)
    minutes = [number(each, _REGAIN) or 0.0 for each in lists if isinstance(each, dict)]
    found = max([seconds or 0.0, *(MINUTE * each for each in minutes)])
    return found or None
