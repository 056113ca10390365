"""My own page: where I am signed in, ended one by one or everywhere else, and my password."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy.orm import Session

from hub import signin, staff
from hub.languages import _
from hub.signin import SignIn
from hub.tries import begin_try, forget_tries
from hub.users import ROLE_NAMES, ROLE_WORDS, User, Viewer
from hub.web.frame import has_role
from hub.web.keys import CALLER, DB
from hub.web.origin import remote
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem
from hub.web.sign_in_views import SignInRow, sign_in_rows
from hub.web.signin import HASHING, PASSWORD_MAX, PASSWORD_MIN

HERE = "/people/me"
UNREADABLE = 422


@page("GET", "/people/me")
async def me(request: web.Request) -> web.StreamResponse:
    """Show my sign-ins, and the form for a new password."""
    if is_fragment(request):
        rows = await request.app[DB].read(_rows, _own_id(request), request[CALLER].sign_in)
        return await render(request, "_sign_ins.html", sign_ins=rows, sign_ins_of=_own_id(request), here=HERE)
    return await _show(request, {})


@page("POST", "/people/me/password")
async def password(request: web.Request) -> web.StreamResponse:
    """Keep a new password; whoever does not know the old one cannot change it."""
    fields, user_id, db = await form(request), _own_id(request), request.app[DB]
    errors = _faults(fields) or await _wrong_old(request, user_id, fields.get("old", "")[:PASSWORD_MAX])
    if errors:
        return await _mistaken(request, errors)
    loop = asyncio.get_running_loop()
    hashed = await loop.run_in_executor(HASHING, signin.hash_password, fields["password"])
    await db.write(_keep, viewer_of(request), user_id, hashed, request[CALLER].sign_in)
    words = _("You have a new password. Everywhere else you are signed out.")
    return await changed(request, Toast(text=words), back=HERE)


@page("DELETE", "/sign-ins/{id}")
async def end(request: web.Request) -> web.StreamResponse:
    """End one sign-in: my own, or as an admin anybody's."""
    await request.app[DB].write(_end, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Signed out there")))


@page("DELETE", "/people/{id}/sign-ins")
async def end_all(request: web.Request) -> web.StreamResponse:
    """End all sign-ins of somebody; of my own all but this one."""
    ended = await request.app[DB].write(
        _end_all, viewer_of(request), path_id(request), request[CALLER].sign_in
    )
    words = _("Signed out everywhere else") if ended else _("There was nothing else to end")
    return await changed(request, Toast(text=words))


async def _show(request: web.Request, errors: dict[str, str]) -> web.Response:
    user, rows = await request.app[DB].read(_own, _own_id(request), request[CALLER].sign_in)
    return await render(
        request, "me.html", status=UNREADABLE if errors else 200, title=_("My page"), sub=user.name,
        person=user, role=_(ROLE_NAMES[user.role]), role_words=_(ROLE_WORDS[user.role]), sign_ins=rows,
        sign_ins_of=user.id, here=HERE, errors=errors, password_min=PASSWORD_MIN,
    )  # fmt: skip


async def _mistaken(request: web.Request, errors: dict[str, str]) -> web.StreamResponse:
    """Show the form with what is wrong: alone to a script, on its page to a browser."""
    if not is_fragment(request):
        return await _show(request, errors)
    response = await render(
        request, "_password.html", status=UNREADABLE, errors=errors, password_min=PASSWORD_MIN
    )
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#password-form", "outerHTML"
    return response


async def _wrong_old(request: web.Request, user_id: int, old: str) -> dict[str, str]:
    """Look whether he knows his password, as few times in a row as at the door."""
    db, loop = request.app[DB], asyncio.get_running_loop()
    email, hashed = await db.read(_known, user_id)
    attempt = await db.write(begin_try, email, remote(request))
    if attempt.opens_at is not None:
        return {"old": _("Too many tries. Wait a quarter of an hour.")}
    if not await loop.run_in_executor(HASHING, signin.check_password, hashed, old):
        return {"old": _("This is not your password.")}
    await db.write(forget_tries, email)
    return {}


def _faults(fields: dict[str, str]) -> dict[str, str]:
    new = fields.get("password", "")
    if len(new) < PASSWORD_MIN:
        return {"password": _("%(least)s characters at least.", least=PASSWORD_MIN)}
    if len(new) > PASSWORD_MAX:
        return {"password": _("%(most)s characters at most.", most=PASSWORD_MAX)}
    return {} if new == fields.get("again") else {"again": _("The two are not the same.")}


def _own_id(request: web.Request) -> int:
    user_id = viewer_of(request).user_id
    if user_id is None:
        raise Problem(404, _("A program has no page of its own."))
    return user_id


def _rows(session: Session, user_id: int, here: int | None) -> list[SignInRow]:
    return list(sign_in_rows(session, user_id, here))


def _own(session: Session, user_id: int, here: int | None) -> tuple[User, list[SignInRow]]:
    return session.get_one(User, user_id), _rows(session, user_id, here)


def _known(session: Session, user_id: int) -> tuple[str, str | None]:
    user = session.get_one(User, user_id)
    return user.email, user.password_hash


def _keep(session: Session, viewer: Viewer, user_id: int, hashed: str, here: int | None) -> None:
    staff.change_password(session, viewer, session.get_one(User, user_id), hashed, here)


def _end(session: Session, viewer: Viewer, sign_in_id: int) -> None:
    row = session.get(SignIn, sign_in_id)
    if row is None or not _may_end(viewer, row.user_id):
        raise Problem(404, _("There is no such sign-in of yours."))
    staff.revoke(session, viewer, row)


def _end_all(session: Session, viewer: Viewer, user_id: int, here: int | None) -> int:
    if not _may_end(viewer, user_id) or session.get(User, user_id) is None:
        raise Problem(404, _("There is no such person, or it is not yours to end."))
    return staff.revoke_all(session, viewer, user_id, but=here if viewer.user_id == user_id else None)


def _may_end(viewer: Viewer, user_id: int) -> bool:
    return viewer.user_id == user_id or has_role(viewer, "admin")
