"""A form's channel as its pages need it: the row, its settings, and the tabs over its pages."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from connectors.forms.connector import Forms
from connectors.forms.settings import FormSettings
from hub.channels import Channel
from hub.connector import Raw
from hub.journal import Inbound
from hub.languages import _
from hub.shapes import convert
from hub.web.frame import Back, has_role
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.problems import Problem


class Form(NamedTuple):
    """A form's channel."""

    id: int
    name: str
    title: str
    token: str
    settings: FormSettings

    def reader(self, settings: FormSettings | None = None) -> Forms:
        """Give a connector that reads by these settings."""
        return Forms(self.name, self.token, settings or self.settings)


class Tab(msgspec.Struct, frozen=True):
    """One of a form's pages."""

    href: str
    words: str
    current: bool


def form_of(session: Session, channel_id: int) -> Form:
    """Give a form, or a problem."""
    row = session.get(Channel, channel_id)
    if row is None or row.kind != Forms.kind:
        raise Problem(404, _("There is no such form."))
    settings = convert(row.settings, FormSettings)
    return Form(row.id, row.name, row.title, row.token, settings)


async def asked_form(request: web.Request) -> Form:
    """Give the form in the address."""
    return await request.app[DB].read(form_of, path_id(request))


def around(request: web.Request, form: Form, here: str) -> dict[str, object]:
    """Give what every page of a form shows."""
    tabs = [
        Tab(place.path.format(id=form.id), _(place.words), place.path.endswith(here))
        for place in Forms.places
    ]
    return {
        "title": form.title,
        "sub": _("Form"),
        "form": form,
        "tabs": tabs,
        "back": Back("/form-builder", _("Forms")),
        "may_change": has_role(viewer_of(request), "admin"),
    }


def latest(session: Session, channel_id: int, limit: int, *, aside: bool = False) -> list[Inbound]:
    """Give the last items of a form whose bytes are at hand: those that are real, or those that were set aside."""
    wanted = (
        select(Inbound)
        .options(defer(Inbound.became))
        .where(Inbound.channel_id == channel_id, Inbound.body.is_not(None))
        .order_by(Inbound.received_at.desc(), Inbound.id.desc())
        .limit(limit)
    )
    if aside:
        wanted = wanted.where(
            Inbound.set_aside_at.is_not(None), Inbound.spam_at.is_(None), Inbound.unproven_at.is_(None)
        )
    else:
        wanted = wanted.where(Inbound.set_aside_at.is_(None))
    return list(session.scalars(wanted))


def raw_of(item: Inbound) -> Raw:
    """Give an item as a connector reads it."""
    return Raw(body=item.body or b"", headers=item.headers, received_at=item.received_at, key=item.key)
