"""Why a call that somebody placed did not come about, in words for who placed it."""

from __future__ import annotations

from crm import numbers
from crm.calls import NO_SUCH_NUMBER, Call
from crm.setup import Setup
from hub.languages import _


def fate(call: Call, state: Setup) -> str:
    """Say why it did not come about; "" while it may, and once somebody talked."""
    if call.trouble:
        return call.trouble
    if call.outcome is None or call.talks or call.placed_by is None:
        return ""
    if call.outcome == "unknown":
        return _("We lost sight of the PBX: whether it went through nobody knows.")
    return _customers(call, state) if call.picked_up else _own(call)


def _own(call: Call) -> str:
    """Say what was the matter with the telephone of who placed it."""
    if call.outcome == "busy":
        return _("Your own telephone is busy.")
    if call.outcome == "rejected":
        return _("Your own telephone declined the call.")
    if call.rang or call.outcome == "no-answer":
        return _("You did not pick up your own telephone.")
    return _("Your own telephone is not connected to the PBX. Is it switched on?")


def _customers(call: Call, state: Setup) -> str:
    number = numbers.display(call.customer, state.company.country) if call.customer else call.written
    if call.outcome == "busy":
        return _("%(number)s is busy.", number=number)
    if call.outcome == "rejected":
        return _("%(number)s declined the call.", number=number)
    if call.outcome == "failed":
        if call.cause in NO_SUCH_NUMBER:
            return _("There is no such number: %(number)s.", number=number)
        return _("No line to %(number)s could be had.", number=number)
    if call.ended_by == "staff":
        return _("You hung up before anybody answered.")
    return _("Nobody answered at %(number)s.", number=number)
