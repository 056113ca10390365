"""The room Forms: all of them, and one being made by dragging its questions, by keys, or by plain buttons."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.forms.connector import Forms
from connectors.forms.web.channels import Form, around, asked_form
from connectors.forms.web.draft import KINDS, Draft, act, asked, draft_of, typed, values_of
from hub import channel_changes
from hub.audit import Entry
from hub.channel_changes import Refusal
from hub.channels import Channel
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.channel_deeds import answer_change
from hub.web.channel_views import Shown, every
from hub.web.channels import find
from hub.web.frame import COMPANY, Back, Room, add_room, has_role
from hub.web.keys import CHANNELS, DB
from hub.web.pages import Toast, changed, is_fragment, page, render, viewer_of
from hub.web.pages import form as posted

add_room(Room(href="/form-builder", name=N_("Forms"), icon="form", order=25, role="manager", within="/settings",
              about=N_("Make forms, put them on your sites, say what their fields mean")))  # fmt: skip


@page("GET", "/form-builder", role="manager")
async def forms(request: web.Request) -> web.StreamResponse:
    """Show all forms."""
    listed = await request.app[DB].read(_forms, request)
    return await render(
        request, "form_list.html", title=_("Forms"), sub=_("On your sites, and on pages of their own"),
        forms=listed, may_change=has_role(viewer_of(request), "admin"), back=Back("/settings", _("Settings")),
    )  # fmt: skip


@page("POST", "/form-builder", role="admin")
async def make(request: web.Request) -> web.StreamResponse:
    """Make a form, and go where its questions are."""
    title = (await posted(request)).get("title", "").strip() or _("New form")
    row = await request.app[DB].write(
        channel_changes.make, viewer_of(request), title, Forms.kind, {"title": title}
    )
    await request.app[CHANNELS].load()
    return await changed(
        request, Toast(text=_("Made: %(title)s", title=row.title)), back=f"/form-builder/{row.id}"
    )


@page("GET", "/form-builder/{id}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show a form's questions."""
    form = await asked_form(request)
    return await _show(request, form, draft_of(form.settings), {})


@page("POST", "/form-builder/{id}/draft", role="admin")
async def draft(request: web.Request) -> web.StreamResponse:
    """Change the draft in the page, and save nothing."""
    form, sent = await asked_form(request), await _sent(request)
    at = (await posted(request)).get("at", "")
    return await _show(request, form, act(sent, request.query.get("do", ""), at), {}, unsaved=True)


@page("POST", "/form-builder/{id}/preview", role="admin")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show the page as the draft would make it."""
    form, sent = await asked_form(request), await _sent(request)
    if not is_fragment(request):
        return await _show(request, form, sent, {}, unsaved=True)
    return await render(request, "_form_preview.html", draft=sent, fields=asked(sent), values={}, errors={})


@page("POST", "/form-builder/{id}", role="admin")
async def save(request: web.Request) -> web.StreamResponse:
    """Save it; what is wrong stands beside its field."""
    form, sent = await asked_form(request), await _sent(request)
    values, errors = values_of(sent)
    if not errors:
        try:
            entry = await request.app[DB].write(_save, viewer_of(request), form.id, values)
        except Refusal as refusal:
            errors = refusal.errors
        else:
            return await answer_change(request, form.id, entry, f"/form-builder/{form.id}")
    return await _show(request, form, sent, errors, status=422, unsaved=True)


async def _sent(request: web.Request) -> Draft:
    fields = await posted(request)
    keys = [key for key in (await request.post()).getall("row", []) if isinstance(key, str)]
    return typed(fields, keys)


async def _show(
    request: web.Request, form: Form, draft: Draft, errors: Mapping[str, str], *, status: int = 200,
    unsaved: bool = False,
) -> web.Response:  # fmt: skip
    return await render(
        request,
        "_form_builder.html" if is_fragment(request) else "form_builder.html",
        status=status,
        **around(request, form, "{id}"),
        draft=draft,
        wrong=errors,
        unsaved=unsaved,
        kinds=[(kind, _(words), icon) for kind, (words, icon) in KINDS.items()],
        fields=asked(draft),
        values={},
        errors={},
    )


def _save(session: Session, viewer: Viewer, channel_id: int, values: dict[str, object]) -> Entry | None:
    row = find(session, channel_id, lock=True)
    return channel_changes.change(session, viewer, row, {**row.settings, **values})


def _forms(session: Session, request: web.Request) -> list[Shown]:
    kinds = set(session.scalars(select(Channel.id).where(Channel.kind == Forms.kind)))
    shown = every(session, request.app[CHANNELS], request.app[COMPANY]().zone)
    return [channel for channel in shown if channel.id in kinds]
