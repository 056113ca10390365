"""The page on which a campaign by a messenger is written: its words, or a template; how it is read; what must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import (
    campaign_contents,
    campaign_messages,
    campaign_pictures,
    campaign_tests,
    campaign_tries,
    campaign_ways,
    chat_texts,
    chats,
)
from crm.campaign_checks import Check, Outside
from crm.campaign_messages import BUTTONS, Leading, Message
from crm.campaign_tries import Reader
from crm.campaign_ways import Way
from crm.campaigns import MAIL
from crm.mailing_lists import mailing_lists
from crm.web import campaign_outlook
from crm.web.campaign_editor import PICTURES, campaign_of
from crm.web.campaign_outlook import checked
from crm.web.campaign_showing import TEST
from crm.web.campaign_versions import VersionRow, versions_of
from crm.web.campaigns import HERE, STATES
from crm.web.composer import whole_number
from hub.channels import Channel
from hub.chats import Template
from hub.languages import _
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, see_other, viewer_of
from hub.web.problems import Problem

VALUES = 20  # gaps of a template
LONGEST = 320  # letters of who is to read it


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which version is looked at (0: the newest), by whom it is read, and where places for his own page lead."""

    version: int
    who: str
    page: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of campaign_message.html; `read` is the message as somebody reads it, `values` what fills a template.

    `who` is whom somebody named as the reader, `reader` the contact that was found, "" for one of whom we know nothing.
    """

    id: int
    name: str
    state: str
    state_words: str
    is_open: bool
    channel: str
    version: int
    asked: int
    message: Message
    buttons: Sequence[Leading]
    by_template: bool
    templates: Sequence[tuple[str, str]]
    chosen: str
    gaps: Sequence[tuple[int, str]]
    read: str
    values: Sequence[tuple[int, str]]
    who: str
    reader: str
    leads: Sequence[Leading]
    checks: Sequence[Check]
    is_tried: bool
    readers: Sequence[Reader]
    versions: Sequence[VersionRow]
    fields: Sequence[tuple[str, str]]
    pictures: Sequence[tuple[str, str]]
    lists: Sequence[tuple[int, str]]
    list: int
    ways: Sequence[Way]
    box: int
    sender_name: str
    counts_clicks: bool
    counts_opens: bool


@page("GET", f"{HERE}/{{id}}/message", role="manager")
async def message(request: web.Request) -> web.StreamResponse:
    """Show what it says, or what it said: `?version=3`; as somebody reads it: `?as=Karin Nyman`."""
    asked = Asked(
        version=whole_number(request.query.get("version", "")),
        who=" ".join(request.query.get("as", "").split())[:LONGEST],
        page=f"{base_url(request)}{TEST}",
    )
    outside = await campaign_outlook.known(request, path_id(request))
    shown = await request.app[DB].read(_shown, path_id(request), asked, outside)
    if shown is None:
        return see_other(f"{HERE}/{path_id(request)}/content")
    template = "_campaign_message.html" if is_fragment(request) else "campaign_message.html"
    return await render(
        request, template, title=shown.name, sub=_("What it says"), back=Back(f"{HERE}/{shown.id}", shown.name),
        **msgspec.structs.asdict(shown),
    )  # fmt: skip


@page("POST", f"{HERE}/{{id}}/message", role="manager")
async def save(request: web.Request) -> web.StreamResponse:
    """Keep it as a new version."""
    fields = await form(request)
    number = await request.app[DB].write(_save, viewer_of(request), path_id(request), fields)
    return await changed(
        request, Toast(text=_("Saved as version %(number)s", number=number)), back=_page(request)
    )


@page("POST", f"{HERE}/{{id}}/message/tests", role="manager")
async def test(request: web.Request) -> web.StreamResponse:
    """Send what was saved to one of us."""
    chat_id = whole_number((await form(request)).get("chat", ""))
    nowhere = f"{base_url(request)}{TEST}"
    to = await request.app[DB].write(_test, viewer_of(request), path_id(request), chat_id, nowhere)
    return await changed(request, Toast(text=_("A test is on its way to %(address)s", address=to)),
                         back=_page(request))  # fmt: skip


def _page(request: web.Request) -> str:
    return f"{HERE}/{path_id(request)}/message"


def _save(session: Session, viewer: Viewer, campaign_id: int, fields: Mapping[str, str]) -> int:
    campaign, began = campaign_of(session, campaign_id), whole_number(fields.get("began", ""))
    return campaign_messages.save(session, viewer, campaign, _typed(fields), began).version


def _test(session: Session, viewer: Viewer, campaign_id: int, chat_id: int, nowhere: str) -> str:
    return campaign_tries.send(session, viewer, campaign_of(session, campaign_id), chat_id, nowhere)


def _typed(fields: Mapping[str, str]) -> Message:
    """Read a message as it stands in the page; a template is named with its language, as ready/sv."""
    name, _slash, language = fields.get("template", "").rpartition("/")
    values = [fields.get(f"value-{number}", "") for number in range(1, VALUES + 1)]
    while values and not values[-1]:
        values.pop()
    buttons = [Leading(words=fields.get(f"words-{number}", ""), href=fields.get(f"href-{number}", ""))
               for number in range(BUTTONS)]  # fmt: skip
    return Message(
        text=fields.get("text", ""), picture=fields.get("picture", ""), buttons=tuple(buttons), template=name,
        language=language, values=tuple(values) if name else (),
    )  # fmt: skip


def _shown(session: Session, campaign_id: int, asked: Asked, outside: Outside) -> Shown | None:
    campaign = campaign_of(session, campaign_id)
    channel = session.get(Channel, campaign.channel_id) if campaign.channel_id else None
    if campaign.handle == MAIL or channel is None:
        return None
    newest = campaign_contents.newest(session, campaign.id)
    content = campaign_contents.version(session, campaign.id, asked.version) if asked.version else newest
    if asked.version and content is None:
        raise Problem(404, _("There is no such version."))
    written = campaign_messages.message_of(content)
    rules = campaign_ways.rules_of(session, channel.id)
    template = campaign_messages.template_of(session, campaign, written)
    reader = campaign_tries.reader_called(session, campaign, asked.who)
    read = campaign_tries.read_by(session, campaign, written, reader.id if reader else None, asked.page)
    empty = Leading(words="", href="")
    return Shown(
        id=campaign.id, name=campaign.name, state=STATES[campaign.state][0], state_words=_(STATES[campaign.state][1]),
        is_open=campaign.state in campaign_contents.OPEN, channel=channel.title,
        version=newest.version if newest else 0, asked=asked.version, message=written,
        buttons=(*written.buttons, *[empty] * BUTTONS)[:BUTTONS], by_template=rules is not None
        and rules.many == campaign_ways.TEMPLATE, templates=_templates(channel),
        chosen=f"{template.name}/{template.language}" if template else "", gaps=_gaps(written, template),
        read=campaign_messages.words_of(read, template), leads=read.buttons,
        values=list(enumerate(read.values, 1)) if template else [], who=asked.who,
        reader=(reader.name or _("A card without a name")) if reader else "",
        checks=checked(session, campaign, outside), readers=campaign_tries.readers(session, campaign),
        is_tried=bool(campaign_tests.sent_to(session, campaign)),
        versions=versions_of(session, campaign, asked.version), fields=list(campaign_messages.known(session).items()),
        pictures=[(each.key, each.name) for each in campaign_pictures.latest(session, PICTURES)],
        lists=[(each.id, each.name) for each in mailing_lists(session)], list=campaign.list_id or 0,
        ways=campaign_ways.ways(session), box=channel.id, sender_name=campaign.sender_name,
        counts_clicks=campaign.counts_clicks, counts_opens=campaign.counts_opens,
    )  # fmt: skip


def _templates(channel: Channel) -> list[tuple[str, str]]:
    return [
        (f"{each.name}/{each.language}", f"{each.name} ({each.language}): {each.text}")
        for each in chats.templates_of(channel)
    ]


def _gaps(written: Message, template: Template | None) -> list[tuple[int, str]]:
    """Give what is filled into a template: its gaps, each with what was written for it."""
    if template is None:
        return []
    values = (*written.values, *[""] * VALUES)
    return [(number + 1, values[number]) for number in range(min(chat_texts.gaps(template), VALUES))]
