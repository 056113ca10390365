"""The page on which a campaign is written: blocks put in order by dragging, keys or plain buttons, and a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import (
    campaign_blocks,
    campaign_contents,
    campaign_hints,
    campaign_pictures,
    campaign_settings,
    campaign_tests,
    campaign_text,
    campaign_trials,
    campaign_tries,
    campaign_values,
    campaign_ways,
)
from crm.campaign_checks import Check, Outside
from crm.campaign_contents import Written
from crm.campaign_hints import Hint
from crm.campaign_newer import Newer
from crm.campaign_tries import Reader
from crm.campaign_ways import Way
from crm.campaigns import MAIL, TEMPLATE, Campaign
from crm.mailing_lists import mailing_lists
from crm.products import products
from crm.web import campaign_outlook
from crm.web.campaign_draft import ICONS, Draft, act, draft_of, letter_of, typed, written_of
from crm.web.campaign_outlook import checked
from crm.web.campaign_versions import VersionRow, is_saved, newer_row, versions_of
from crm.web.campaigns import HERE, STATES
from crm.web.composer import whole_number
from hub.languages import Listener, _, speaking_to
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

REFUSED = 409
PICTURES = 60
PRODUCTS = 300


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _campaign_checks.html beside the id."""

    checks: Sequence[Check]
    is_open: bool
    is_tried: bool
    readers: Sequence[Reader] | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of campaign_editor.html beside the draft."""

    id: int
    name: str
    state: str
    state_words: str
    is_open: bool
    is_template: bool
    version: int
    newer: VersionRow | None
    asked: int
    sender_name: str
    list: int
    lists: Sequence[tuple[int, str]]
    box: int
    ways: Sequence[Way]
    readers: None = None
    counts_clicks: bool
    counts_opens: bool
    hints: Sequence[Hint]
    checks: Sequence[Check]
    is_tried: bool
    versions: Sequence[VersionRow]
    fields: Sequence[tuple[str, str]]
    pictures: Sequence[tuple[str, str]]
    products: Sequence[tuple[int, str]]
    kinds: Sequence[tuple[str, str, str]]
    plain: str
    letters: Sequence[str]
    sequence: int


@page("GET", f"{HERE}/{{id}}/content", role="manager")
async def content(request: web.Request) -> web.StreamResponse:
    """Show what it says, or what it said: `?version=3`; of a trial, `?variant=B`."""
    if await request.app[DB].read(_is_message, path_id(request)):
        return see_other(f"{HERE}/{path_id(request)}/message")
    asked, letter = whole_number(request.query.get("version", "")), letter_of(request.query)
    return await _show(request, await request.app[DB].read(_draft, path_id(request), asked, letter))


@page("GET", f"{HERE}/{{id}}/checks", role="manager")
async def checks(request: web.Request) -> web.StreamResponse:
    """Show what must hold before it is sent."""
    outside = await campaign_outlook.known(request, path_id(request))
    found = await request.app[DB].read(_checks, path_id(request), outside)
    return await render(
        request, "_campaign_checks.html", id=path_id(request), **msgspec.structs.asdict(found)
    )


@page("POST", f"{HERE}/{{id}}/content", role="manager")
async def save(request: web.Request) -> web.StreamResponse:
    """Keep it as a new version."""
    draft = await sent_draft(request)
    await request.app[DB].read(
        _made, path_id(request), draft, base_url(request)
    )  # nobody waits to write while it parses
    try:
        number = await request.app[DB].write(
            _save, viewer_of(request), path_id(request), draft, base_url(request)
        )
    except Newer:
        return await _show(request, draft, sent=True, is_refused=True)
    return await changed(request, Toast(text=_("Saved as version %(number)s", number=number)),
                         back=f"{HERE}/{path_id(request)}/content?variant={draft.variant}")  # fmt: skip


@page("GET", f"{HERE}/{{id}}/newer", role="manager")
async def newer(request: web.Request) -> web.StreamResponse:
    """Show whether somebody saved other words of a letter after the version `began`."""
    letter, began = letter_of(request.query), whole_number(request.query.get("began", ""))
    found = await request.app[DB].read(newer_row, path_id(request), began, letter)
    return await render(
        request, "_campaign_newer.html", id=path_id(request), letter=letter, began=began, newer=found
    )


@page("POST", f"{HERE}/{{id}}/draft", role="manager")
async def draft(request: web.Request) -> web.StreamResponse:
    """Change the draft in the page, and save nothing."""
    sent = await sent_draft(request)
    at = (await form(request)).get("at", "")
    return await _show(request, act(sent, request.query.get("do", ""), at), sent=True)


@page("POST", HERE + "/{id}", role="manager")
async def settle(request: web.Request) -> web.StreamResponse:
    """Have it be called so, for this list, from this mailbox."""
    is_another_way = await request.app[DB].write(
        _settle, viewer_of(request), path_id(request), await form(request), base_url(request)
    )
    href = f"{HERE}/{path_id(request)}/content"
    if is_another_way and is_fragment(request):
        return web.Response(status=204, headers={"HX-Redirect": href})  # it is written on another page now
    return await changed(request, Toast(text=_("Saved")), back=href)


@page("POST", f"{HERE}/{{id}}/template", role="manager")
async def template(request: web.Request) -> web.StreamResponse:
    """Keep what it says as a template to begin with."""
    name = await request.app[DB].write(_template, viewer_of(request), path_id(request), base_url(request))
    return await changed(request, Toast(text=_("Kept as a template: %(name)s", name=name)),
                         back=f"{HERE}/{path_id(request)}/content")  # fmt: skip


def campaign_of(session: Session, campaign_id: int) -> Campaign:
    """Give a campaign; a problem where there is none."""
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise Problem(404, _("There is no such campaign."))
    return found


async def sent_draft(request: web.Request) -> Draft:
    """Read the letter that a form of the page sends."""
    fields = await form(request)
    keys = [key for key in (await request.post()).getall("row", []) if isinstance(key, str)]
    return typed(fields, keys)


async def _show(
    request: web.Request, draft: Draft, *, sent: bool = False, is_refused: bool = False
) -> web.StreamResponse:
    unsaved = sent and await request.app[DB].read(_is_unsaved, path_id(request), draft)
    outside = await campaign_outlook.known(request, path_id(request))
    shown = await request.app[DB].read(_shown, path_id(request), draft, base_url(request), outside)
    return await render(
        request, "_campaign_editor.html" if is_fragment(request) else "campaign_editor.html",
        title=shown.name, sub=_("What it says"), back=_way_back(shown), draft=draft,
        unsaved=unsaved, is_refused=is_refused, status=REFUSED if is_refused else 200, **msgspec.structs.asdict(shown),
    )  # fmt: skip


def _way_back(shown: Shown) -> Back:
    return Back(HERE, _("Campaigns")) if shown.is_template else Back(f"{HERE}/{shown.id}", shown.name)


def _checks(session: Session, campaign_id: int, outside: Outside) -> Checked:
    campaign = campaign_of(session, campaign_id)
    return Checked(
        checks=checked(session, campaign, outside), is_open=campaign.state in campaign_contents.OPEN,
        is_tried=bool(campaign_tests.sent_to(session, campaign)),
        readers=campaign_tries.readers(session, campaign) if campaign.handle != MAIL else None,
    )  # fmt: skip


def _is_message(session: Session, campaign_id: int) -> bool:
    return campaign_of(session, campaign_id).handle != MAIL


def _draft(session: Session, campaign_id: int, asked: int, letter: str) -> Draft:
    campaign = _of_letter(session, campaign_id, letter)
    found = (campaign_contents.version(session, campaign.id, asked, letter) if asked
             else campaign_contents.newest(session, campaign.id, letter))  # fmt: skip
    if asked and found is None:
        raise Problem(404, _("There is no such version."))
    if found is None:
        return Draft(variant=letter)
    began = campaign_contents.newest(session, campaign.id, letter) or found
    return draft_of(campaign_contents.written_of(found), letter, began=began.version, asked=asked)


def _of_letter(session: Session, campaign_id: int, letter: str) -> Campaign:
    campaign = campaign_of(session, campaign_id)
    if letter not in campaign_trials.variants_of(session, campaign.id):
        raise Problem(404, _("There is no such letter: it is tried no more."))
    return campaign


def _shown(session: Session, campaign_id: int, draft: Draft, base: str, outside: Outside) -> Shown:
    campaign, asked = campaign_of(session, campaign_id), draft.asked
    written, newest = written_of(draft), campaign_contents.newest(session, campaign.id, draft.variant)
    lists = [(each.id, each.name) for each in mailing_lists(session)]
    return Shown(
        id=campaign.id, name=campaign.name, state=STATES[campaign.state][0],
        state_words=_(STATES[campaign.state][1]), is_open=campaign.state in campaign_contents.OPEN,
        is_template=campaign.state == TEMPLATE, version=newest.version if newest else 0, asked=asked,
        newer=newer_row(session, campaign.id, draft.began, draft.variant),
        sender_name=campaign.sender_name, list=campaign.list_id or 0, lists=lists, box=campaign.channel_id or 0,
        ways=campaign_ways.ways(session), counts_clicks=campaign.counts_clicks, counts_opens=campaign.counts_opens,
        hints=_hints(session, campaign, written, base), checks=checked(session, campaign, outside),
        is_tried=bool(campaign_tests.sent_to(session, campaign)),
        versions=versions_of(session, campaign, asked, draft.variant),
        fields=list(campaign_values.known(session).items()),
        pictures=[(each.key, each.name) for each in campaign_pictures.latest(session, PICTURES)],
        products=[(each.id, f"{each.name} ({each.code})") for each in products(session)[:PRODUCTS]],
        kinds=[(kind, _(words), ICONS[kind]) for kind, words in campaign_blocks.NAMES.items()],
        plain=draft.plain if draft.plain is not None else _plain(session, campaign, written, base),
        letters=campaign_trials.variants_of(session, campaign.id), sequence=campaign.sequence_id or 0,
    )  # fmt: skip


def _is_unsaved(session: Session, campaign_id: int, draft: Draft) -> bool:
    campaign = campaign_of(session, campaign_id)
    return not is_saved(session, campaign, written_of(draft), draft.asked or draft.began, draft.variant)


def _hints(session: Session, campaign: Campaign, written: Written, base: str) -> list[Hint]:
    return campaign_hints.hints(
        written, campaign_contents.make(session, campaign, written, base), campaign_contents.wrong(session, written),
        campaign_values.lacking(session),
    )  # fmt: skip


def _plain(session: Session, campaign: Campaign, written: Written, base: str) -> str:
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        return campaign_text.draft(
            written.blocks, campaign_contents.around_of(session, campaign, written, base)
        )


def _made(session: Session, campaign_id: int, draft: Draft, base: str) -> None:
    campaign_contents.make(session, campaign_of(session, campaign_id), written_of(draft), base)


def _save(session: Session, viewer: Viewer, campaign_id: int, draft: Draft, base: str) -> int:
    campaign = _of_letter(session, campaign_id, draft.variant)
    return campaign_contents.save(
        session, viewer, campaign, written_of(draft), base, draft.variant, began=draft.began
    ).version


def _settle(session: Session, viewer: Viewer, campaign_id: int, asked: Mapping[str, str], base: str) -> bool:
    """Settle it, and tell whether it goes by another way now."""
    campaign = campaign_of(session, campaign_id)
    before = campaign.handle
    wanted = campaign_settings.Settled(
        name=asked.get("name", ""), list_id=whole_number(asked.get("list", "")) or None,
        channel_id=whole_number(asked.get("box", "")) or None, sender_name=asked.get("sender_name", ""),
        counts_clicks="counts_clicks" in asked, counts_opens="counts_opens" in asked,
    )  # fmt: skip
    campaign_settings.settle(session, viewer, campaign, wanted, base)
    return campaign.handle != before


def _template(session: Session, viewer: Viewer, campaign_id: int, base: str) -> str:
    return campaign_contents.keep_as_template(session, viewer, campaign_of(session, campaign_id), base).name
