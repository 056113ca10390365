"""What in a company's set-up could let somebody be forgotten: told before it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import consent_standings, copy_counts, copy_event_counts
from crm.campaigns import Campaign
from crm.company import Company
from crm.mailing_lists import MailingList
from crm.setup import Setup, setup
from crm.worktime import Calendar, NeverOpens
from hub.clock import now


class Finding(NamedTuple):
    """One thing that was noticed: `wrong` must be mended; otherwise the hub copes, and the words say how."""

    words: str
    wrong: bool


def examine(session: Session) -> list[Finding]:
    """Look through departments, working hours and policies, and whether what is counted is right."""
    if session.get(Company, 1) is None:
        return [Finding("The store is empty; the next start fills it", wrong=False)]
    state = setup(session)
    return [*_calendars(state), *_departments(state), *_policies(state), *_numbers(session)]


def _calendars(state: Setup) -> Iterator[Finding]:
    for department in state.departments.values():
        if not _ever_opens(Calendar(state.working_hours(department.id, None))):
            words = "its calendar never opens: promises are counted round the clock; mend its working hours"
            yield Finding(f"{department.name}: {words}", wrong=True)


def _departments(state: Setup) -> Iterator[Finding]:
    if not state.departments:
        yield Finding("There is no department, so no task has a queue", wrong=True)
    for department in state.departments.values():
        if department.head_id is None:
            words = "has no head: managers and admins are told when a promise breaks; ringback user head"
            yield Finding(f"{department.name}: {words} “{department.name}” MAIL", wrong=False)


def _policies(state: Setup) -> Iterator[Finding]:
    if not state.policies:
        yield Finding("There is no policy, so nothing has a deadline", wrong=False)
    for policy in state.policies:
        if not policy.steps:
            yield Finding(f"Policy “{policy.name}” has no steps: nobody is told when it breaks", wrong=False)


def _numbers(session: Session) -> Iterator[Finding]:
    for campaign_id in sorted({*copy_counts.wrong(session), *copy_event_counts.wrong(session)}):
        name = session.get_one(Campaign, campaign_id).name
        words = "its pages show other numbers than its copies make: ringback recount"
        yield Finding(f"Campaign “{name}”: {words}", wrong=True)
    for list_id in consent_standings.wrong(session):
        name = session.get_one(MailingList, list_id).name
        words = "its page shows another number of people than its ledger holds: ringback recount"
        yield Finding(f"Mailing list “{name}”: {words}", wrong=True)


def _ever_opens(calendar: Calendar) -> bool:
    with suppress(NeverOpens):
        return any(piece.kind == "worked" for piece in calendar.pieces(now()))
    return False
