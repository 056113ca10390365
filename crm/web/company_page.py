"""The company's settings: name and line, country, time zone, currency, and whom to ask for help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.orm import Session

from crm import company_settings
from crm.company import Company
from crm.company_settings import Wanted
from hub.languages import N_, _, listener, sort_key
from hub.users import Viewer
from hub.web.frame import Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, viewer_of
from hub.web.problems import Problem

UNREADABLE = 422

add_room(
    Room(href="/company", name=N_("Company"), icon="building", order=10, role="admin", within="/settings",
         about=N_("What it is called, its country, time zone and currency, and whom to ask for help"))
)  # fmt: skip


class Option(msgspec.Struct, frozen=True):
    """Something that can be chosen."""

    value: str
    name: str


@page("GET", "/company", role="admin")
async def company(request: web.Request) -> web.StreamResponse:
    """Show it."""
    return await _show(request, await request.app[DB].read(_wanted), {})


@page("POST", "/company", role="admin")
async def save(request: web.Request) -> web.StreamResponse:
    """Change it."""
    said = await form(request)
    wanted = Wanted(**{name: " ".join(said.get(name, "").split()) for name in Wanted.__struct_fields__})
    errors = company_settings.wrong(wanted)
    if errors and is_fragment(request):
        raise Problem(UNREADABLE, " ".join(dict.fromkeys(errors.values())))
    if errors:
        return await _show(request, wanted, errors, status=UNREADABLE)
    await request.app[DB].write(_change, viewer_of(request), wanted)
    return await changed(request, Toast(text=_("Saved: %(name)s", name=wanted.name)), back="/company")


async def _show(
    request: web.Request, wanted: Wanted, errors: Mapping[str, str], status: int = 200
) -> web.Response:
    locale = listener().locale
    return await render(
        request, "company.html", status=status, title=_("Company"), sub="", form=wanted, errors=errors,
        countries=_named(sorted(SUPPORTED_REGIONS), locale.territories),
        currencies=_named(sorted(company_settings.currencies()), locale.currencies),
    )  # fmt: skip


def _named(codes: Sequence[str], names: Mapping[str, str]) -> list[Option]:
    options = [Option(code, f"{names[code]} ({code})") for code in codes if code in names]
    return sorted(options, key=lambda each: sort_key(each.name, listener().language))


def _wanted(session: Session) -> Wanted:
    return company_settings.wanted_of(session.get_one(Company, 1))


def _change(session: Session, viewer: Viewer, wanted: Wanted) -> None:
    company_settings.change(session, viewer, wanted)
