"""Who would get a campaign if it began now, and who would not, for each reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_whom
from crm.desk import Refusal
from crm.web.campaign_editor import campaign_of
from crm.web.campaigns import HERE
from crm.web.composer import whole_number
from hub.languages import _
from hub.said import again
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import is_fragment, page, path_id, render
from hub.web.problems import Problem

SHOWN = 100


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is meant."""

    id: int
    address: str
    name: str
    contact_id: int | None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_recipients.html; `next` leads on, "" at the end."""

    id: int
    name: str
    what: str
    here: str
    rows: Sequence[Row]
    next: str


class Asked(NamedTuple):
    """What was asked for: which kind, and where to go on."""

    campaign_id: int
    of: str
    place: int


@page("GET", f"{HERE}/{{id}}/recipients", role="manager")
async def recipients(request: web.Request) -> web.StreamResponse:
    """Show who would get it, or who is left out for one reason."""
    return await _show(request, await request.app[DB].read(_recipients, _asked(request)))


async def _show(request: web.Request, shown: People) -> web.StreamResponse:
    template = "_campaign_recipients.html" if is_fragment(request) else "campaign_recipients.html"
    return await render(request, template, title=shown.name, sub=shown.what, people=shown,
                        back=Back(f"{HERE}/{shown.id}", shown.name))  # fmt: skip


def _asked(request: web.Request) -> Asked:
    of, place = request.query.get("of", campaign_whom.GETS), whole_number(request.query.get("from", ""))
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


def _more(here: str, found: int, rows: Sequence[Row]) -> str:
    return f"{here}&from={rows[-1].id}" if found > SHOWN else ""
