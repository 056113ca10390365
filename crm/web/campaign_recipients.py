"""The people behind a campaign's numbers: before it begins who would get it or not, then what became of each copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_counts, campaign_whom
from crm.campaign_counts import KINDS, Line
from crm.deliveries import CLAIMED, LEFT_OUT, REFUSED, SENT, UNKNOWN, WAITING
from crm.desk import Refusal
from crm.web.campaign_editor import campaign_of
from crm.web.campaign_views import FIGURES
from crm.web.campaigns import HERE
from crm.web.composer import whole_number
from hub.languages import N_, _
from hub.said import again
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render
from hub.web.problems import Problem

SHOWN = 100
FATES = {WAITING: N_("waits"), CLAIMED: N_("is just leaving"), SENT: N_("sent"), REFUSED: N_("refused"),
         UNKNOWN: N_("unknown"), LEFT_OUT: N_("left out")}  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, and what there is to say of his copy."""

    id: int
    address: str
    name: str
    contact_id: int | None
    words: str = ""
    why: str = ""
    at: datetime | None = None
    is_open: bool = False


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_recipients.html; `next` leads on, "" at the end."""

    id: int
    name: str
    what: str
    here: str
    rows: Sequence[Row]
    next: str
    again: bool = False


class Asked(NamedTuple):
    """What was asked for: which kind, and where to go on."""

    campaign_id: int
    of: str
    place: int


@page("GET", f"{HERE}/{{id}}/recipients", role="manager")
async def recipients(request: web.Request) -> web.StreamResponse:
    """Show who would get it, or who is left out for one reason."""
    return await _show(request, await request.app[DB].read(_recipients, _asked(request, campaign_whom.GETS)))


@page("GET", f"{HERE}/{{id}}/copies", role="manager")
async def copies(request: web.Request) -> web.StreamResponse:
    """Show the copies behind a number."""
    return await _show(request, await request.app[DB].read(_copies, _asked(request, "all")))


async def _show(request: web.Request, shown: People) -> web.StreamResponse:
    template = "_campaign_recipients.html" if is_fragment(request) else "campaign_recipients.html"
    return await render(request, template, title=shown.name, sub=shown.what, people=shown,
                        back=Back(f"{HERE}/{shown.id}", shown.name))  # fmt: skip


def _asked(request: web.Request, usual: str) -> Asked:
    of, place = request.query.get("of", usual), whole_number(request.query.get("from", ""))
    return Asked(path_id(request), of, place)


def _recipients(session: Session, asked: Asked) -> People:
    campaign = campaign_of(session, asked.campaign_id)
    if asked.of not in campaign_whom.WORDS:
        raise Problem(404, _("There is nothing at this address."))
    try:
        found = campaign_whom.people(session, campaign, asked.of, after=asked.place, most=SHOWN + 1)
    except ValueError as error:
        raise Refusal(again(error.args[0])) from None
    rows = [Row(id=each.id, address=each.address, name=each.name, contact_id=each.contact_id)
            for each in found[:SHOWN]]  # fmt: skip
    here = f"{HERE}/{campaign.id}/recipients?of={asked.of}"
    return People(id=campaign.id, name=campaign.name, what=_("Who %(what)s", what=_(campaign_whom.WORDS[asked.of])),
                  here=here, rows=rows, next=_more(here, len(found), rows))  # fmt: skip


def _copies(session: Session, asked: Asked) -> People:
    campaign = campaign_of(session, asked.campaign_id)
    if asked.of not in KINDS:
        raise Problem(404, _("There is nothing at this address."))
    found = campaign_counts.copies(session, campaign.id, asked.of, before=asked.place or None, most=SHOWN + 1)
    rows = [_row(each) for each in found[:SHOWN]]
    here = f"{HERE}/{campaign.id}/copies?of={asked.of}"
    return People(
        id=campaign.id, name=campaign.name, what=_(FIGURES[asked.of]) if asked.of in FIGURES else _("Copies"),
        here=here + (f"&from={asked.place}" if asked.place else ""), rows=rows, next=_more(here, len(found), rows),
        again=campaign.state != "cancelled",
    )  # fmt: skip


def _row(line: Line) -> Row:
    copy = line.copy
    words = (
        _("unknown, left as it is") if copy.state == UNKNOWN and not line.is_open else _(FATES[copy.state])
    )
    moments = (
        copy.complained_at,
        copy.unsubscribed_at,
        copy.bounced_at,
        copy.answered_at,
        copy.sent_at,
        copy.due_at,
    )
    return Row(
        id=copy.id, address=copy.address, name=line.name, contact_id=copy.contact_id, words=words, why=copy.why,
        at=next((each for each in moments if each), None), is_open=line.is_open,
    )  # fmt: skip


def _more(here: str, found: int, rows: Sequence[Row]) -> str:
    return f"{here}&from={rows[-1].id}" if found > SHOWN else ""
