"""A date that a letter proposes, in words, and the task that can be made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from yarl import URL

from crm.letters import Letter
from hub.clock import now
from hub.languages import N_, _
from hub.letters import Invitation
from hub.shapes import convert
from hub.web.moments import written

MORNING = timedelta(hours=8)  # when a task comes back for a date that is a whole day
SAID = {
    "REQUEST": N_("Proposes %(what)s"), "PUBLISH": N_("Names %(what)s"), "CANCEL": N_("Takes back %(what)s"),
    "COUNTER": N_("Proposes instead %(what)s"),
}  # fmt: skip


class Proposal(msgspec.Struct, frozen=True):
    """What is proposed, in words; `href` asks for a task then, "" where that is over or taken back."""

    words: str
    href: str


def proposed(letter: Letter, contact_id: int, zone: ZoneInfo) -> Proposal | None:
    """Give what a letter proposes; None where it proposes nothing, or only answers a proposal of ours."""
    if letter.invitation is None:
        return None
    invitation = convert(letter.invitation, Invitation)
    if invitation.method not in SAID:
        return None
    begins = _local(invitation.starts_at, invitation, zone)
    title = invitation.summary or letter.subject or _("A date")
    what = ", ".join(filter(None, (f"“{title}”", _span(invitation, begins, zone), invitation.location)))
    return Proposal(_(SAID[invitation.method], what=what), _new_task(invitation, title, contact_id, begins))


def _span(invitation: Invitation, begins: datetime, zone: ZoneInfo) -> str:
    day = written(begins, "EEE d MMM y")
    if invitation.all_day:
        return day
    ends = _local(invitation.ends_at, invitation, zone) if invitation.ends_at else None
    if ends is None:
        return f"{day} {begins:%H:%M}"
    if ends.date() == begins.date():
        return f"{day} {begins:%H:%M}-{ends:%H:%M}"
    return f"{day} {begins:%H:%M} - {written(ends, 'EEE d MMM y')} {ends:%H:%M}"


def _new_task(invitation: Invitation, title: str, contact_id: int, begins: datetime) -> str:
    """Give the address of the form for a task, filled in."""
    at = begins + MORNING if invitation.all_day else begins
    if invitation.method == "CANCEL" or at <= now():
        return ""
    known = {
        "title": title,
        "contact_id": str(contact_id),
        "at": f"{at:%Y-%m-%dT%H:%M}",
        "note": invitation.location,
    }
    return str(URL("/tasks/new").with_query({name: value for name, value in known.items() if value}))


def _local(moment: datetime, invitation: Invitation, zone: ZoneInfo) -> datetime:
    """Give a moment by the clock on the reader's wall; hours that are local wherever the reader is stay as they are."""
    if invitation.all_day or invitation.floating:
        return moment.astimezone(UTC).replace(tzinfo=zone)
    try:
        return moment.astimezone(zone)
    except OverflowError:  # without an end, as some programs write it
        return moment.replace(tzinfo=zone)
