"""Calls in words: how they went, how long they took, why they ended."""

from __future__ import annotations

from crm.calls import Call
from hub.languages import N_, _, ngettext

LIVE = "live"
MINUTE, HOUR = 60, 3600
DIRECTIONS = {"inbound": N_("Came in"), "outbound": N_("Went out"), "internal": N_("Between colleagues")}
OUTCOMES = {
    "missed": N_("Missed"), "answered": N_("Answered"), "abandoned": N_("Hung up while waiting"),
    "no-answer": N_("Nobody answered"), "busy": N_("Busy"), "rejected": N_("Declined"), "failed": N_("Did not connect"),
    "unknown": N_("End not known"), LIVE: N_("Goes on"),
}  # fmt: skip
ENDED_BY = {
    "customer": N_("The other side hung up"), "staff": N_("We hung up"), "pbx": N_("The PBX ended it"),
}  # fmt: skip
# What a PBX says of the end of a call, by ITU-T Q.850.
CAUSES = {
    1: N_("no such number"), 3: N_("no way to that network"), 16: N_("it was over"), 17: N_("busy"),
    18: N_("the telephone does not respond"), 19: N_("nobody answered"), 20: N_("switched off or out of reach"),
    21: N_("declined"), 22: N_("the number was changed"), 26: N_("answered elsewhere"), 27: N_("out of order"),
    28: N_("the number is not complete"), 31: N_("it was over"), 34: N_("no line was free"),
    38: N_("the network was out of order"), 41: N_("a fault that passes"), 42: N_("the exchange was overloaded"),
    44: N_("that line is not to be had"), 50: N_("the line may not do that"), 57: N_("the line may not do that"),
    58: N_("the line could not do that now"), 88: N_("the two telephones do not fit"), 102: N_("it took too long"),
    127: N_("the network does not say"),
}  # fmt: skip


def icon(call: Call) -> str:
    """Give the mark of a call."""
    if call.missed:
        return "phone-missed"
    return {"inbound": "phone-in", "outbound": "phone-out"}.get(call.direction, "phone")


def outcome(call: Call) -> str:
    """Say how a call ended; of one that was missed also why."""
    ended = call.outcome or LIVE
    words = _(OUTCOMES.get(ended, ended))
    return _("Missed: %(how)s", how=words[:1].lower() + words[1:]) if call.missed else words


def cause(call: Call) -> str:
    """Say why the PBX let it end; "" where it does not say."""
    if call.cause is None:
        return ""
    return (
        _(CAUSES[call.cause]) if call.cause in CAUSES else _("cause %(number)s of Q.850", number=call.cause)
    )


def rang(call: Call) -> float | None:
    """Give for how many seconds it rang; None while it still does."""
    until = call.answered_at or call.ended_at
    return max(0.0, (until - call.started_at).total_seconds()) if until else None


def talked(call: Call) -> float:
    """Give for how many seconds we talked, all of us together."""
    return sum(talk.seconds for talk in call.spoken)


def length(seconds: float) -> str:
    """Say how long something took: "8 s", "3 min 12 s", "1 h 02 min"."""
    whole = round(seconds)
    if whole < MINUTE:
        return _("%(s)s s", s=whole)
    if whole < HOUR:
        return _("%(m)s min %(s)s s", m=whole // MINUTE, s=f"{whole % MINUTE:02}")
    return _("%(h)s h %(m)s min", h=whole // HOUR, m=f"{whole % HOUR // MINUTE:02}")


def times(number: int) -> str:
    """Say how often somebody called in vain; "" for once."""
    return ngettext("called %(num)s time", "called %(num)s times", number) if number > 1 else ""
