"""Start with your trade: what there is, what each would bring, and bringing it with one press."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import process_diagrams, trade_files, trades
from crm.trade_files import Ready
from crm.trade_words import LANGUAGES as SPOKEN
from crm.trades import Item
from hub.languages import LANGUAGES, N_, _, listener, ngettext
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, render, viewer_of

HOME = "/trades"

add_room(
    Room(href=HOME, name=N_("Start with your trade"), icon="flow", order=11, role="admin", within="/settings",
         about=N_("A process, stages, fields and letters for a window shop, a salon, a bank and others"))
)  # fmt: skip


class Offered(msgspec.Struct, frozen=True):
    """A trade in the list."""

    key: str
    name: str
    about: str
    current: bool


class Group(msgspec.Struct, frozen=True):
    """Things of one kind that a trade brings."""

    kind: str
    items: Sequence[Item]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a trade brings: `steps` are those of its process that people do, `new` how much is not there yet."""

    key: str
    language: str
    name: str
    about: str
    groups: Sequence[Group]
    stages: Sequence[str]
    steps: Sequence[str]
    documents: Sequence[str]
    new: int


@page("GET", HOME, role="admin")
async def choose(request: web.Request) -> web.StreamResponse:
    """Show every trade, and what the chosen one brings."""
    language = _language(request.query.get("language", ""))
    key = request.query.get("trade", "")
    chosen = trade_files.ready(key, language) if key else None
    shown = await request.app[DB].read(_preview, chosen) if chosen else None
    languages = [(each, name) for each, name in LANGUAGES.items() if each in SPOKEN]
    return await render(
        request, "trades.html", title=_("Start with your trade"), offered=_offered(language, key), shown=shown,
        languages=languages, spoken=language,
    )  # fmt: skip


@page("POST", HOME, role="admin")
async def bring(request: web.Request) -> web.StreamResponse:
    """Bring a trade."""
    said = await form(request)
    chosen = trade_files.ready(said.get("trade", ""), _language(said.get("language", "")))
    words = await request.app[DB].write(_bring, viewer_of(request), chosen)
    back = f"{HOME}?trade={chosen.key}&language={chosen.language}"
    return await changed(request, Toast(text=words, href="/pipelines", words=_("Pipelines")), back=back)


def _language(asked: str) -> str:
    """Give a language that trades speak: as asked, as whoever asks, or English."""
    return next((each for each in (asked, listener().language) if each in SPOKEN), "en")


def _offered(language: str, chosen: str) -> list[Offered]:
    every = [trade_files.ready(key, language) for key in trade_files.every()]
    return [Offered(each.key, each.trade.name, each.trade.about, each.key == chosen) for each in every]


def _preview(session: Session, of: Ready) -> Preview:
    items = trades.listed(session, of)
    nodes = process_diagrams.read(of.diagram).nodes.values()
    return Preview(
        key=of.key, language=of.language, name=of.trade.name, about=of.trade.about,
        groups=[Group(_(kind), list(some)) for kind, some in groupby(items, key=lambda item: item.kind)],
        stages=[stage.name for stage in of.trade.pipeline.stages],
        steps=[node.called for node in nodes if node.work is not None],
        documents=[_(key.capitalize()) for key in of.trade.documents], new=sum(not item.there for item in items),
    )  # fmt: skip


def _bring(session: Session, viewer: Viewer, of: Ready) -> str:
    brought = sum(not item.there for item in trades.bring(session, viewer, of))
    if not trades.is_published(session, of):
        return _("%(trade)s: brought. Its process is a draft: the pipeline that was here lacks a stage of it.",
                 trade=of.trade.name)  # fmt: skip
    return ngettext(
        "%(trade)s: %(num)s thing brought.", "%(trade)s: %(num)s things brought.", brought, trade=of.trade.name
    )  # fmt: skip
