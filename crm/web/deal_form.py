"""The form of a deal: what it says of itself, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import deal_changes, money
from crm.deal_changes import DealChange
from crm.deals import Deal
from crm.setup import setup
from crm.web.deal_lines import lines
from crm.web.deal_moves import seen
from crm.web.deals import HERE
from crm.web.stage_asks import day
from hub.languages import _
from hub.users import User, Viewer, active_users
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

UNREADABLE = 422

Values = Mapping[str, str]


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_form.html: what stands in the form, and what is wrong with it, by field."""

    id: int
    values: Values
    summed: bool
    to: Sequence[tuple[str, str]]
    errors: Values = {}


@page("GET", "/deals/{id}/form")
async def ask(request: web.Request) -> web.StreamResponse:
    """Show what can be changed of it."""
    return await _form(request, await request.app[DB].read(_filled, viewer_of(request), path_id(request)))


@page("POST", "/deals/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """Change what it says of itself, and whose it is."""
    said, deal_id = await form(request), path_id(request)
    kept = await request.app[DB].write(_change, viewer_of(request), deal_id, said)
    if isinstance(kept, Filled):
        return await _form(request, kept, UNREADABLE)
    return await changed(request, Toast(text=_("Saved: %(name)s", name=kept)), back=f"{HERE}/{deal_id}")


async def _form(request: web.Request, filled: Filled, status: int = 200) -> web.StreamResponse:
    response = await render(
        request, "_deal_form.html" if is_fragment(request) else "deal_form.html", status=status,
        title=filled.values["title"], back=Back(f"{HERE}/{filled.id}", _("Back to the deal")), filled=filled,
    )  # fmt: skip
    if status != 200 and is_fragment(request):  # noqa: PLR2004 - all is well
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _filled(session: Session, viewer: Viewer, deal_id: int) -> Filled:
    found = seen(session, viewer, deal_id)
    whose = (
        f"user:{found.responsible_id}" if found.responsible_id else f"department:{found.department_id or ''}"
    )
    return _with(session, found, {
        "title": found.title, "value": money.typed(found.value, found.currency), "source": found.source,
        "currency": found.currency,
        "expected_on": found.expected_on.isoformat() if found.expected_on else "", "to": whose,
        "probability": "" if found.probability is None else str(found.probability),
    }, {})  # fmt: skip


def _with(session: Session, found: Deal, values: Values, errors: Values) -> Filled:
    to = givable(session)
    if values["to"] not in dict(
        to
    ):  # nobody's, or somebody's who has left: it stays so until it is given away
        user = session.get(User, found.responsible_id) if found.responsible_id else None
        to = [(values["to"], user.name if user else _("Nobody yet")), *to]
    return Filled(
        id=found.id, values=values, summed=bool(lines(session, found).rows), to=to,
        errors=errors,
    )  # fmt: skip


def givable(session: Session) -> Sequence[tuple[str, str]]:
    """Give everybody and every department that a deal can be given to."""
    people = [(f"user:{each.id}", each.name) for each in active_users(session)]
    places = [(f"department:{each.id}", each.name) for each in setup(session).departments.values()]
    return [*people, *places]


def _change(session: Session, viewer: Viewer, deal_id: int, said: Values) -> str | Filled:
    found = seen(session, viewer, deal_id)
    was, errors = _filled(session, viewer, deal_id), dict[str, str]()
    values = {**was.values, **{name: said[name] for name in was.values if name in said}}
    wanted = _wanted(found, values, errors, summed=was.summed)
    if not errors:
        deal_changes.change(session, viewer, found, wanted)
        if values["to"] != was.values["to"]:
            deal_changes.hand_over(session, viewer, found, values["to"])
    return _with(session, found, values, errors) if errors else found.title


def _wanted(found: Deal, values: Values, errors: dict[str, str], *, summed: bool) -> DealChange:
    """Read the form; what cannot be read is in `errors`."""
    wanted = DealChange(title=values["title"], source=values["source"], probability=None, expected_on=None)
    if not values["title"].strip():
        errors["title"] = _("Say what it is about.")
    currency = found.currency
    try:
        currency = found.currency if summed else read_currency(values["currency"]) or currency
        wanted = msgspec.structs.replace(wanted, currency=currency)
    except ValueError as error:
        errors["currency"] = str(error)
    for name in ("value", "probability", "expected_on"):
        text = values[name].strip()
        if name == "value" and not text:
            text = "0"
        if not text or (name == "value" and summed):
            continue
        try:
            if name == "value":
                wanted = msgspec.structs.replace(wanted, value=money.read(text, currency))
            elif name == "expected_on":
                wanted = msgspec.structs.replace(wanted, expected_on=day(text))
            else:
                wanted = msgspec.structs.replace(wanted, probability=_percent(text))
        except ValueError as error:
            errors[name] = str(error)
    return wanted


def read_currency(text: str) -> str:
    """Read a currency as people type it, "" where nothing was; ValueError has words."""
    code = text.strip().upper()
    if code and not money.is_currency(code):
        raise ValueError(_("“%(code)s” is no currency; write it like EUR", code=code[:10]))
    return code


def _percent(text: str) -> int:
    digits = text.removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 100):  # noqa: PLR2004
        raise ValueError(_("A probability is a number from 0 to 100."))
    return int(digits)
