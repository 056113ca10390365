"""My signature: what stands below my letters. Without one it is my department's."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from crm import signatures
from crm.desk import Refusal
from crm.letter_blanks import BLANKS
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, render, viewer_of
from hub.web.problems import Problem

HERE = "/signature"
UNREADABLE = 422

add_room(
    Room(href=HERE, name=N_("My signature"), icon="note", order=2, within="/settings",
         about=N_("What stands below my letters"))
)  # fmt: skip


@page("GET", HERE)
async def signature(request: web.Request) -> web.StreamResponse:
    """Show what stands below my letters."""
    own, departments = await request.app[DB].read(_shown, viewer_of(request))
    return await render(
        request, "signature.html", title=_("My signature"), back=Back("/settings", _("Settings")), own=own,
        departments=departments, blanks=[(f"{{{name}}}", _(words)) for name, words in BLANKS.items()],
    )  # fmt: skip


@page("POST", HERE)
async def save(request: web.Request) -> web.StreamResponse:
    """Have this stand below my letters from now on."""
    text = (await form(request)).get("text", "")
    await request.app[DB].write(_save, viewer_of(request), text)
    return await changed(request, Toast(text=_("Saved")), back=HERE)


def _shown(session: Session, viewer: Viewer) -> tuple[str, str]:
    return (
        signatures.text_of(session, user_id=viewer.user_id),
        signatures.text_of(session, department_id=viewer.department_id),
    )


def _save(session: Session, viewer: Viewer, text: str) -> None:
    if viewer.user_id is None:
        raise Refusal(_("Only a person signs letters."))
    if words := signatures.fault(text):
        raise Problem(UNREADABLE, words)
    signatures.write(session, viewer, text, user_id=viewer.user_id)
