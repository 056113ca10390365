"""A campaign looked at before it leaves: as each recipient would read it, as a test letter, and with its pictures."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from html import escape

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    addresses,
    campaign_contents,
    campaign_pictures,
    campaign_tests,
    campaign_trials,
    campaign_tries,
    campaign_values,
    letter_boxes,
)
from crm.campaign_contents import Stencils
from crm.campaign_pictures import LARGEST
from crm.campaign_places import ADDRESSES
from crm.campaigns import Campaign, CampaignContent
from crm.contacts import MAIL, Handle
from crm.desk import Refusal
from crm.web.campaign_draft import Draft, written_of
from crm.web.campaign_editor import campaign_of, sent_draft
from crm.web.campaigns import HERE
from crm.web.draft_files import received
from hub import outbox
from hub.clock import now
from hub.image_sizes import HEAD
from hub.languages import Listener, _, speaking_to
from hub.letters import Address, Enclosure, SendLetter
from hub.users import User, Viewer
from hub.web.keys import BLOBS, DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

POLICY = (
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
DARK = "(prefers-color-scheme:dark)"
LIFETIME = timedelta(hours=2)
TEST = "/letter/test"


class Read(msgspec.Struct, frozen=True):
    """A letter as somebody reads it."""

    subject: str
    html: str
    text: str


@page("POST", f"{HERE}/{{id}}/preview", role="manager")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show the draft in its frame: `look` is wide, phone or text, `dark` how it is lit, `as` who reads it."""
    draft, asked = await sent_draft(request), await form(request)
    found = await request.app[DB].read(
        _previewed, path_id(request), draft, asked.get("as", ""), base_url(request)
    )
    if asked.get("look") == "text":
        body = f"{_('Subject')}: {found.subject}\n\n{found.text}"
        return _framed(web.Response(text=body, content_type="text/plain"))
    lit = found.html.replace(DARK, "all" if "dark" in asked else "print")
    return _framed(web.Response(text=lit, content_type="text/html"))


@page("GET", TEST, role=None)
async def nowhere(request: web.Request) -> web.StreamResponse:
    """Say that a link of a test letter leads to a recipient's own page."""
    return await render(request, "campaign_test.html", title=_("A test letter"))


@page("POST", f"{HERE}/{{id}}/tests", role="manager")
async def test(request: web.Request) -> web.StreamResponse:
    """Send what was saved to somebody of us, as a recipient would read it."""
    to = await request.app[DB].write(
        _test, viewer_of(request), path_id(request), await form(request), base_url(request)
    )
    return await changed(request, Toast(text=_("A test is on its way to %(address)s", address=to)),
                         back=f"{HERE}/{path_id(request)}/content")  # fmt: skip


@page("POST", f"{HERE}/{{id}}/tests/reading", role="manager")
async def looked(request: web.Request) -> web.StreamResponse:
    """Say that the test letter was looked at, and is as it should be."""
    await request.app[DB].write(_looked, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Noted: you looked at the test")),
                         back=f"{HERE}/{path_id(request)}/content")  # fmt: skip


@page("POST", "/campaign-pictures", role="manager")
async def upload(request: web.Request) -> web.StreamResponse:
    """Take pictures that a letter can show."""
    names = []
    for file in await received(request, 4 * LARGEST, 4 * LARGEST, LARGEST):
        looks = await asyncio.to_thread(_looks, request, file)
        row = await request.app[DB].write(
            campaign_pictures.add, viewer_of(request), file.blob, file.name, file.size, looks
        )
        names.append(row.name)
    if not names:
        raise Problem(422, _("Choose a picture first."))
    return await changed(request, Toast(text=_("Can be chosen now: %(names)s", names=", ".join(names))))


def _looks(request: web.Request, file: Enclosure) -> tuple[str, int, int]:
    with request.app[BLOBS].path(file.blob).open("rb") as content:
        head = content.read(HEAD)
    try:
        return campaign_pictures.check(head)
    except ValueError as error:
        raise Problem(422, f"{file.name}: {error}") from None


def _framed(response: web.Response) -> web.Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _previewed(session: Session, campaign_id: int, draft: Draft, who: str, base: str) -> Read:
    campaign, written = campaign_of(session, campaign_id), written_of(draft)
    made = campaign_contents.make(session, campaign, written, base)
    content = CampaignContent(subject=written.subject, html=made.html, text=made.text)
    if who.strip() and not addresses.read(who) and not campaign_tries.reader_called(session, campaign, who):
        words = _("There is no contact “%(name)s”.", name=who.strip())
        return Read("", escape(words), words)
    return _filled(campaign_contents.stencils(content), _values(session, campaign, who, base))


def _filled(stencils: Stencils, values: Mapping[str, str]) -> Read:
    return Read(*(each.fill(values).decode() for each in (stencils.subject, stencils.html, stencils.text)))


def _values(session: Session, campaign: Campaign, who: str, base: str) -> dict[str, str]:
    """Give what is filled in for a contact, by mail address or name; where it is none, for who lacks everything."""
    read, reader = addresses.read(who), campaign_tries.reader_called(session, campaign, who)
    contact_id = reader.id if reader else None
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        known = campaign_values.values_of(session, [contact_id]).get(contact_id, {}) if contact_id else {}
    mail = (
        select(Handle.value).where(Handle.contact_id == contact_id, Handle.kind == MAIL).order_by(Handle.id)
    )
    email = read.written if read else (session.scalar(mail.limit(1)) or "") if contact_id else ""
    nowhere = dict.fromkeys(ADDRESSES, f"{base}{TEST}")
    return {**campaign_values.common(session, campaign), **known, "email": email, **nowhere}


def _test(session: Session, viewer: Viewer, campaign_id: int, asked: Mapping[str, str], base: str) -> str:
    campaign = campaign_of(session, campaign_id)
    letters = campaign_trials.variants_of(session, campaign.id)
    contents = [campaign_contents.newest(session, campaign.id, each) for each in letters]
    user = session.get(User, viewer.user_id) if viewer.user_id else None
    to = addresses.read(asked.get("to", "") or (user.email if user else ""))
    box = letter_boxes.box(session, campaign.channel_id) if campaign.channel_id else None
    if box is None:
        raise Refusal(_("Choose the mailbox that it is written from."))
    if to is None or session.scalar(select(User.id).where(User.email == to.written)) is None:
        raise Refusal(_("A test goes to somebody of us: write the address of a person here."))
    for content in contents:
        if content is None or not content.html:
            raise Refusal(_("Save it first."))
        which = content.variant if len(contents) > 1 else ""
        read = _filled(
            campaign_contents.stencils(content), _values(session, campaign, asked.get("as", ""), base)
        )
        _put(session, campaign, box, to.written, read, which)
    campaign_tests.sent(
        session, viewer, campaign, campaign_contents.letters(session, campaign.id), to.written
    )
    return to.written


def _put(
    session: Session, campaign: Campaign, box: letter_boxes.Box, to: str, read: Read, which: str
) -> None:
    sender = campaign_values.common(session, campaign)["sender"]
    subject = (_("Test of letter %(letter)s: %(subject)s", letter=which, subject=read.subject) if which
               else _("Test: %(subject)s", subject=read.subject))  # fmt: skip
    letter = SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=now(),
        sender=Address(sender, box.address), to=(Address("", to),), subject=subject,
        text=read.text, html=read.html,
    )  # fmt: skip
    outbox.put(session, box.id, letter, lifetime=LIFETIME, at_most_once=True)


def _looked(session: Session, viewer: Viewer, campaign_id: int) -> None:
    campaign_tests.looked_at(session, viewer, campaign_of(session, campaign_id))
