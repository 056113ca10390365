"""What became of a campaign: its numbers, each of which opens its people; links, reasons, hours, and its archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from babel.numbers import format_decimal
from sqlalchemy.orm import Session

from crm import campaign_archive, campaign_figures, campaign_people, purchases
from crm.campaign_figures import LinkFigure, Reason
from crm.campaign_people import TOLD
from crm.campaigns import MAIL, Campaign
from crm.web.campaign_editor import campaign_of
from crm.web.campaigns import HERE
from crm.web.day_figures import Figure
from crm.web.zones import zone_of
from hub.languages import _, listener
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import is_fragment, page, path_id, render

WIDTH, HEIGHT = 960, 120
"""Of the curve, in its own units."""
TONES: Mapping[str, str] = {"bounced": "soon", "complained": "late"}
OF_SENT = frozenset({"delivered", "bounced", "opened", "clicked", "replied", "left", "complained", "bought"})
WENT = {"delivered", "bounced"}
"""What is a share of all that went to the mail servers."""


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number that opens its people, and its share of what was sent in words, "" where that says nothing."""

    figure: Figure
    share: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A link or a reason, its people, and how long its bar is: 0 to 100."""

    words: str
    about: str
    people: int
    href: str
    share: int


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of the curve: where its two bars stand, and how many they are of."""

    x: int
    width: int
    opened: int
    clicked: int
    opened_height: int
    clicked_height: int
    at: str
    opened_href: str
    clicked_href: str


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_afterwards.html."""

    id: int
    name: str
    began: bool
    by_mail: bool
    counts_opens: bool
    counts_clicks: bool
    numbers: Sequence[Number]
    links: Sequence[Row]
    reasons: Sequence[Row]
    bars: Sequence[Bar]
    archive: str
    letter: str
    can_archive: bool
    days: int
    width: int = WIDTH
    height: int = HEIGHT


@page("GET", f"{HERE}/{{id}}/afterwards", role="manager")
async def afterwards(request: web.Request) -> web.StreamResponse:
    """Show what became of it."""
    shown = await request.app[DB].read(view, path_id(request), base_url(request))
    if is_fragment(request):
        return await render(request, "_campaign_afterwards.html", after=shown)
    return await render(request, "campaign_afterwards.html", title=_("What became of “%(name)s”", name=shown.name),
                        after=shown, back=Back(f"{HERE}/{shown.id}", shown.name))  # fmt: skip


def view(session: Session, campaign_id: int, base: str) -> View:
    """Give what became of a campaign, as its page shows it."""
    campaign = campaign_of(session, campaign_id)
    archived, by_mail = campaign_archive.list_of(session, campaign), campaign.handle == MAIL
    return View(
        id=campaign.id, name=campaign.name, began=campaign.started_at is not None, by_mail=by_mail,
        counts_opens=by_mail and campaign.counts_opens, counts_clicks=campaign.counts_clicks,
        numbers=_numbers(session, campaign),
        links=_links(campaign, campaign_figures.links(session, campaign)),
        reasons=_reasons(campaign, campaign_figures.reasons(session, campaign)),
        bars=_bars(session, campaign),
        archive=campaign_archive.address(base, archived) if archived else "",
        letter=campaign_archive.address(base, archived, campaign.id) if archived else "",
        can_archive=by_mail and campaign.started_at is not None and campaign.list_id is not None, days=purchases.DAYS,
    )  # fmt: skip


def href(campaign_id: int, kind: str, **more: object) -> str:
    """Give the address of the people behind a number."""
    return f"{HERE}/{campaign_id}/people?{urlencode({'kind': kind, **more})}"


def _numbers(session: Session, campaign: Campaign) -> Sequence[Number]:
    counts = campaign_figures.numbers(session, campaign)
    sent, of_sent = counts["sent"], OF_SENT - (set() if campaign.handle == MAIL else {"bounced"})
    # A copy that a server refused at once was never sent.
    went = counts.get("delivered", 0) + counts["bounced"]
    return [
        Number(figure=Figure(_(campaign_people.word_of(campaign, kind)), number, href(campaign.id, kind),
                             TONES.get(kind, "") if number else ""),
               share=_share(number, went if kind in WENT else sent) if kind in of_sent else "")
        for kind, number in counts.items() if number or kind not in TOLD
    ]  # fmt: skip


def _share(number: int, of: int) -> str:
    """Say a share, "" of nothing; what is there is never said to be nothing."""
    if not (number and of):
        return ""
    share = 100 * number / of
    if 0 < share < 0.1:  # noqa: PLR2004 - what one digit behind the point cannot say
        return _("less than %(share)s %%", share=format_decimal(0.1, locale=listener().locale))
    return _("%(share)s %%", share=format_decimal(share, "0.#", locale=listener().locale))


def _links(campaign: Campaign, found: Sequence[LinkFigure]) -> Sequence[Row]:
    most, several = max((each.people for each in found), default=0), len({each.variant for each in found}) > 1
    return [
        Row(words=each.address, about=_("Variant %(name)s", name=each.variant) if several else "", people=each.people,
            href=href(campaign.id, "clicked", link=each.number, variant=each.variant),
            share=100 * each.people // most if most else 0)
        for each in found
    ]  # fmt: skip


def _reasons(campaign: Campaign, found: Sequence[Reason]) -> Sequence[Row]:
    most, by_mail = max((each.people for each in found), default=0), campaign.handle == MAIL
    return [
        Row(words=f"{each.code}: {each.means}" if each.code and by_mail else each.means, about=each.example,
            people=each.people, href=href(campaign.id, "bounced", code=each.code),
            share=100 * each.people // most if most else 0)
        for each in found
    ]  # fmt: skip


def _bars(session: Session, campaign: Campaign) -> Sequence[Bar]:
    found, zone = campaign_figures.hours(session, campaign), zone_of(session)
    if not found:
        return []
    most = max(max(each.opened, each.clicked) for each in found) or 1
    step = (
        WIDTH // len(found)
        if len(found) > campaign_figures.HOURS // 2
        else WIDTH // (campaign_figures.HOURS // 2)
    )
    return [
        Bar(x=each.number * step, width=step, opened=each.opened, clicked=each.clicked,
            opened_height=HEIGHT * each.opened // most, clicked_height=HEIGHT * each.clicked // most,
            at=f"{each.at.astimezone(zone):%Y-%m-%d %H:00}",
            opened_href=href(campaign.id, "opened", hour=each.number),
            clicked_href=href(campaign.id, "clicked", hour=each.number))
        for each in found
    ]  # fmt: skip
