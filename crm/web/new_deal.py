"""A new deal, on a page of its own or in a dialog above any other: for whom, about what, and in which pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session
from yarl import URL

from crm import deal_changes, money, pipelines
from crm.deal_changes import NewDeal
from crm.setup import setup
from crm.web.deal_cards import contact_names
from crm.web.deal_form import read_currency
from crm.web.deals import HERE, number
from crm.web.new_task import Fits, chosen_contact
from crm.web.stage_asks import day
from hub.languages import _
from hub.users import Viewer, active_users
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, viewer_of
from hub.web.palette import Found, add_finder

UNREADABLE = 422
PREFILLED, TYPED = ("title", "contact_id", "pipeline", "source"), 200

Values = Mapping[str, str]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _new_deal_fields.html."""

    values: Values
    pipelines: Sequence[tuple[int, str]]
    people: Sequence[tuple[int, str]]
    currency: str
    errors: Values = {}
    fitting: Sequence[Fits] = ()


@page("GET", "/deals/new")
async def new_deal(request: web.Request) -> web.StreamResponse:
    """Show the form, filled as far as the link knows."""
    known = {name: request.query.get(name, "").replace("\0", "")[:TYPED] for name in PREFILLED}
    offered = await request.app[DB].read(_offered, viewer_of(request), known)
    return await _show(request, offered)


@page("POST", HERE)
async def add(request: web.Request) -> web.StreamResponse:
    """Open the deal, or say what is wrong."""
    said = await form(request)
    made = await request.app[DB].write(_add, viewer_of(request), said)
    if isinstance(made, Offered):
        return await _show(request, made, UNREADABLE)
    title = " ".join(said.get("title", "").split())[:TYPED]
    toast = Toast(text=_("New deal: %(title)s", title=title), href=f"{HERE}/{made}", words=_("Open"))
    return await changed(request, toast, back=f"{HERE}/{made}")


async def _show(request: web.Request, offered: Offered, status: int = 200) -> web.StreamResponse:
    response = await render(
        request, "_new_deal.html" if is_fragment(request) else "new_deal.html", status=status,
        title=_("New deal"), back=Back(HERE, _("Deals")), **msgspec.structs.asdict(offered),
    )  # fmt: skip
    if status != 200 and is_fragment(request):  # noqa: PLR2004 - all is well
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _offered(
    session: Session, viewer: Viewer, said: Values, errors: Values | None = None, fitting: Sequence[Fits] = ()
) -> Offered:
    contact, _fits = chosen_contact(session, viewer, said)
    name = contact_names(session, {contact.id})[contact.id] if contact else ""
    return Offered(
        values={**said, "contact": said.get("contact") or name}, currency=setup(session).company.currency,
        pipelines=[(each.id, each.name) for each in pipelines.pipelines(session)], errors=errors or {},
        people=[(each.id, each.name) for each in active_users(session)], fitting=fitting,
    )  # fmt: skip


def _add(session: Session, viewer: Viewer, said: Values) -> int | Offered:
    errors: dict[str, str] = {}
    contact, fits = chosen_contact(session, viewer, said)
    if contact is None:
        errors["contact"] = _("Several fit: choose one.") if fits else _("Say with whom it is.")
    if not said.get("title", "").strip():
        errors["title"] = _("Say what it is about.")
    wanted = _wanted(session, said, errors)
    if errors or contact is None:
        return _offered(session, viewer, said, errors, fits)
    return deal_changes.open_deal(session, viewer, contact, wanted).id


def _wanted(session: Session, said: Values, errors: dict[str, str]) -> NewDeal:
    currency = setup(session).company.currency
    try:
        currency = read_currency(said.get("currency", "")) or currency
    except ValueError as error:
        errors["currency"] = str(error)
    wanted = NewDeal(
        title=said.get("title", "")[:TYPED], pipeline_id=number(said.get("pipeline", "")) or None,
        source=said.get("source", ""), currency=currency, responsible_id=number(said.get("responsible", "")) or None,
    )  # fmt: skip
    try:
        if value := said.get("value", "").strip():
            wanted = msgspec.structs.replace(wanted, value=money.read(value, currency))
    except ValueError as error:
        errors["value"] = str(error)
    try:
        if expected := said.get("expected_on", "").strip():
            wanted = msgspec.structs.replace(wanted, expected_on=day(expected))
    except ValueError as error:
        errors["expected_on"] = str(error)
    return wanted


def offer(_session: Session, _viewer: Viewer, words: str) -> list[Found]:
    """Offer a new deal in the palette, about what was typed."""
    address = str(URL(f"{HERE}/new").with_query({"title": words} if words else {}))
    told = _("New deal: %(title)s", title=words) if words else _("New deal")
    return [Found(words=told, href=address, icon="plus", dialog=True)]


add_finder(offer, order=91)
