"""What a campaign by a messenger says, over the API: read, written, and tried on one of us."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_messages, campaign_tests, campaign_tries
from crm.campaign_messages import Leading, Message
from crm.campaigns import MAIL, TEMPLATE, Campaign
from crm.desk import Refusal
from crm.web.api_campaign_shapes import ButtonOut, MessageIn, MessageOut, TestIn, TestOut
from crm.web.api_campaigns import READ, WRITE
from crm.web.campaign_showing import TEST
from hub.languages import _
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem


@endpoint("GET", "/campaigns/{id}/message", scope=READ, role="manager", returns=MessageOut, errors=(409,),
          summary="Get what a campaign by a messenger says")  # fmt: skip
async def one(request: web.Request) -> MessageOut:
    """Give it."""
    return await request.app[DB].read(_one, path_id(request))


@endpoint("PUT", "/campaigns/{id}/message", scope=WRITE, role="manager", body=MessageIn, returns=MessageOut,
          summary="Write what a campaign by a messenger says, as a new version")  # fmt: skip
async def save(request: web.Request, body: MessageIn) -> MessageOut:
    """Keep it."""
    return await write(request, _save, viewer_of(request), path_id(request), body)


@endpoint("POST", "/campaigns/{id}/tests", scope=WRITE, role="manager", body=TestIn, returns=TestOut, status=202,
          summary="Send what a campaign by a messenger says to the chat of one of us")  # fmt: skip
async def test(request: web.Request, body: TestIn) -> TestOut:
    """Send a test."""
    return await write(request, _test, viewer_of(request), path_id(request), body.chat, base_url(request))


@endpoint("POST", "/campaigns/{id}/reading", scope=WRITE, role="manager", returns=MessageOut,
          summary="Say that a person looked at the test of a campaign by a messenger")  # fmt: skip
async def looked(request: web.Request) -> MessageOut:
    """Note it."""
    return await write(request, _looked, viewer_of(request), path_id(request))


def _found(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None or found.state == TEMPLATE:
        raise Problem(404, _("There is no such campaign."))
    if found.handle == MAIL:
        raise Refusal(_("Choose the messenger first."))
    return found


def _one(session: Session, campaign_id: int) -> MessageOut:
    found = _found(session, campaign_id)
    content = campaign_contents.newest(session, found.id)
    kept = campaign_messages.message_of(content)
    return MessageOut(
        version=content.version if content is not None and content.message else 0, text=kept.text,
        picture=kept.picture, buttons=[ButtonOut(words=each.words, href=each.href) for each in kept.buttons],
        template=kept.template, language=kept.language, values=list(kept.values),
    )  # fmt: skip


def _save(session: Session, viewer: Viewer, campaign_id: int, body: MessageIn) -> MessageOut:
    given = msgspec.structs.asdict(body) | {
        "buttons": tuple(Leading(words=each.words, href=each.href) for each in body.buttons),
        "values": tuple(body.values),
    }  # fmt: skip
    began = given.pop("version")
    campaign_messages.save(session, viewer, _found(session, campaign_id), Message(**given), began)
    return _one(session, campaign_id)


def _test(session: Session, viewer: Viewer, campaign_id: int, chat_id: int, base: str) -> TestOut:
    name = campaign_tries.send(session, viewer, _found(session, campaign_id), chat_id, f"{base}{TEST}")
    return TestOut(name=name)


def _looked(session: Session, viewer: Viewer, campaign_id: int) -> MessageOut:
    campaign_tests.looked_at(session, viewer, _found(session, campaign_id))
    return _one(session, campaign_id)
