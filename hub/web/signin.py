"""Signing in and out, and the single-use link by which somebody chooses a password."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy.orm import Session

from hub import audit, signin
from hub.clock import now
from hub.languages import N_, _
from hub.said import said, to_json
from hub.tries import Try, begin_try
from hub.users import User, add_user, viewer
from hub.web.frame import COMPANY
from hub.web.keys import CALLER, DB, SETTINGS
from hub.web.origin import is_secure, local_path, remote
from hub.web.pages import form, is_fragment, page, render, see_other
from hub.web.problems import Problem
from hub.web.shell import COOKIE

HOME = "/today"
SHORT = timedelta(hours=12)  # unused, for somebody who did not ask to stay signed in
PASSWORD_MIN = 12
PASSWORD_MAX = 1000
WRONG = N_("Mail and password do not belong together.")
# Hashing takes 64 MB each time and a core for tens of milliseconds.
HASHING = ThreadPoolExecutor(1, "password")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a living link is for."""

    first: bool
    name: str
    email: str


@page("GET", "/signin", role=None)
async def ask(request: web.Request) -> web.StreamResponse:
    """Show the form; somebody who is signed in goes on."""
    onward = local_path(request.query.get("next", ""))
    viewer = request[CALLER].viewer
    if viewer is not None:
        return _back_in_place(viewer.user_id) if is_fragment(request) else see_other(onward or HOME)
    return await _form(request, {"next": onward})


@page("POST", "/signin", role=None)
async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check mail and password, count the tries, and let in."""
    fields = await form(request)
    email, password = fields.get("mail", ""), fields.get("password", "")[:PASSWORD_MAX]
    db = request.app[DB]
    attempt = await db.write(begin_try, email, remote(request))
    if attempt.opens_at is not None:
        return await _form(request, fields, _closed(request, attempt.opens_at), attempt)
    known = await db.read(signin.password_hash, email)
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(HASHING, signin.check_password, known[1] if known else None, password)
    if known is None or not right:
        await db.write(signin.fail, email, remote(request))
        return await _form(request, fields, _(WRONG), attempt)
    return await _let_in(
        request, known[0], local_path(fields.get("next", "")) or HOME, stay=bool(fields.get("stay"))
    )


@page("POST", "/signout", role=None)
async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this sign-in."""
    caller = request[CALLER]
    if caller.sign_in is not None and caller.viewer is not None:
        await request.app[DB].write(signin.sign_out, caller.viewer, caller.sign_in)
    response = see_other("/signin")
    response.del_cookie(COOKIE)
    return response


@page("GET", "/welcome/{token}", role=None)
async def welcome(request: web.Request) -> web.StreamResponse:
    """Show who is invited, and ask for a password."""
    invitation = await request.app[DB].read(_invitation, request.match_info["token"])
    return await _welcome(request, invitation, {"name": invitation.name, "mail": invitation.email})


@page("POST", "/welcome/{token}", role=None)
async def accept(request: web.Request) -> web.StreamResponse:
    """Keep the password, use the link up, and let in."""
    fields = await form(request)
    token, db = request.match_info["token"], request.app[DB]
    invitation = await db.read(_invitation, token)
    errors = _faults(invitation, fields)
    if errors:
        return await _welcome(request, invitation, fields, errors)
    loop = asyncio.get_running_loop()
    hashed = await loop.run_in_executor(HASHING, signin.hash_password, fields["password"])
    try:
        user_id = await db.write(_accept, token, fields.get("name", ""), fields.get("mail", ""), hashed)
    except ValueError as error:
        return await _welcome(request, invitation, fields, {"mail": str(error)})
    return await _let_in(request, user_id, HOME, stay=True)


async def _let_in(request: web.Request, user_id: int, onward: str, *, stay: bool) -> web.Response:
    lasts = timedelta(days=request.app[SETTINGS].session_days) if stay else SHORT
    token = await request.app[DB].write(
        signin.start,
        user_id,
        lasts=lasts,
        agent=request.headers.get("User-Agent", ""),
        address=remote(request),
    )
    response = _back_in_place(user_id) if is_fragment(request) else see_other(onward)
    # The cookie of a long sign-in outlives every renewal; the row decides when it ends.
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request),
        max_age=400 * 24 * 3600 if stay else None,
    )
    return response


def _back_in_place(user_id: int | None) -> web.Response:
    """Tell a page whose sign-in had ended who is back, without leaving it."""
    event = to_json({"ringback:signed-in": {"id": user_id}}).decode()
    return web.Response(status=204, headers={"HX-Trigger": event, "Cache-Control": "no-store"})


async def _form(
    request: web.Request, fields: dict[str, str], error: str = "", attempt: Try | None = None
) -> web.Response:
    closed = attempt is not None and attempt.opens_at is not None
    response = await render(
        request,
        "_signin.html" if is_fragment(request) else "signin.html",
        status=429 if closed else 422 if error else 200,
        mail=fields.get("mail", ""),
        next=local_path(fields.get("next", "")),
        error=error,
        tries_left=attempt.left if attempt else None,
        help=request.app[COMPANY]().help,
    )
    if attempt is not None and attempt.opens_at is not None:
        response.headers["Retry-After"] = str(max(1, round((attempt.opens_at - now()).total_seconds())))
    return response


def _closed(request: web.Request, opens_at: datetime) -> str:
    minutes = max(1, -(-int((opens_at - now()).total_seconds()) // 60))
    at = opens_at.astimezone(request.app[COMPANY]().zone)
    return _(
        "Too many tries. You can try again at %(time)s, in %(minutes)s min.",
        time=f"{at:%H:%M}", minutes=minutes,
    )  # fmt: skip


async def _welcome(
    request: web.Request, invitation: Invitation, fields: dict[str, str], errors: dict[str, str] | None = None
) -> web.Response:
    return await render(
        request,
        "welcome.html",
        status=422 if errors else 200,
        first=invitation.first,
        name=fields.get("name", invitation.name),
        mail=invitation.email or fields.get("mail", ""),
        mail_fixed=not invitation.first,
        errors=errors or {},
        password_min=PASSWORD_MIN,
    )


def _faults(invitation: Invitation, fields: dict[str, str]) -> dict[str, str]:
    """Say field by field what is wrong."""
    errors = {}
    password = fields.get("password", "")
    if not fields.get("name", "").strip():
        errors["name"] = _("What are you called?")
    if invitation.first and "@" not in fields.get("mail", ""):
        errors["mail"] = _("This is no mail address.")
    if len(password) < PASSWORD_MIN:
        errors["password"] = _("%(n)s characters at least.", n=PASSWORD_MIN)
    elif len(password) > PASSWORD_MAX:
        errors["password"] = _("%(n)s characters at most.", n=PASSWORD_MAX)
    elif password != fields.get("again"):
        errors["again"] = _("The two are not the same.")
    return errors


def _invitation(session: Session, token: str) -> Invitation:
    link = signin.find_link(session, token)
    if link is None:
        raise _gone()
    user = session.get(User, link.user_id) if link.user_id is not None else None
    return Invitation(user is None, user.name if user else "", user.email if user else "")


def _accept(session: Session, token: str, name: str, email: str, hashed: str) -> int:
    """Use the link up. Two browsers that open it at once: the second finds it used."""
    link = signin.use_link(session, token)
    if link is None:
        raise _gone()
    if link.user_id is None:
        user = add_user(session, email, name.strip(), "admin")
    else:
        user = session.get_one(User, link.user_id)
        user.name = name.strip()
    signin.set_password(session, user, hashed)
    audit.record(
        session, viewer(user), audit.CHANGED, "user", user.id, words=said("chose a password by a link")
    )
    return user.id


def _gone() -> Problem:
    words = _("It was used already, or is too old. Ask for a new one.")
    return Problem(410, words, title=_("This link no longer works"))
