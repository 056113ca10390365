"""Forms over the API: their addresses and what they ask. The token in an address lets anybody send."""

from __future__ import annotations

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.channels import Channel
from hub.languages import _
from hub.shapes import convert
from hub.web.api import endpoint
from hub.web.etags import tag_of
from hub.web.keys import DB
from hub.web.pages import path_id
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class FormFieldOut(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a form: its input's name, what the visitor reads, and the kind of answer."""

    name: str
    label: str = ""
    kind: str = "text"
    required: bool = False
    choices: list[str] = []


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What we look for in a channel's settings; whatever else a connector keeps there is its own."""

    title: str = ""
    fields: list[FormFieldOut] = []


class FormOut(msgspec.Struct, frozen=True, kw_only=True):
    """A form: where it is sent to, its own page, the script that draws it elsewhere, and its questions."""

    id: int
    name: str
    title: str
    intake: str
    page: str
    script: str
    fields: list[FormFieldOut]


@endpoint("GET", "/forms", scope="forms:read", role="manager", query=Paging, returns=Page[FormOut],
          summary="List forms, newest first")  # fmt: skip
async def forms(request: web.Request, query: Paging) -> Page[FormOut]:
    """List forms."""
    return await request.app[DB].read(_forms, query)


@endpoint("GET", "/forms/{id}", scope="forms:read", role="manager", returns=FormOut, etag=tag_of,
          summary="Get one form")  # fmt: skip
async def form(request: web.Request) -> FormOut:
    """Give one form."""
    return await request.app[DB].read(_form, path_id(request))


def _forms(session: Session, query: Paging) -> Page[FormOut]:
    wanted = select(Channel).where(Channel.kind == "form")
    return page_of(session.scalars(newest_first(wanted, Channel.id, query)).all(), query.limit, _shown)


def _form(session: Session, channel_id: int) -> FormOut:
    found = session.scalar(select(Channel).where(Channel.id == channel_id, Channel.kind == "form"))
    if found is None:
        raise Problem(404, _("There is no such form."))
    return _shown(found)


def _shown(channel: Channel) -> FormOut:
    asked = convert(channel.settings, Asked)
    return FormOut(
        id=channel.id, name=channel.name, title=asked.title or channel.title, fields=asked.fields,
        intake=f"/in/{channel.name}/{channel.token}", page=f"/forms/{channel.token}",
        script=f"/forms/{channel.token}.js",
    )  # fmt: skip
