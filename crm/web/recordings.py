"""A call's recording: heard, read, and remarked on at a second; and who hears those of a department, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import recordings
from crm.calls import Call
from crm.desk import Refusal
from crm.recordings import Recording, Remark
from crm.waveform import UNKNOWN
from hub import audit
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer
from hub.web import moments
from hub.web.keys import BLOBS, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem
from hub.web.reads import add_read

TEXT = 2_000
MOST_DAYS = 3_650
LATEST = 1e6  # seconds
TALL = 20  # half the height of the picture of a sound

add_read("/calls/{id}/recording/sound", "recording")


class Said(msgspec.Struct, frozen=True):
    """A line of what was said, or of what somebody remarked (`by`, and `id` where it is the reader's own)."""

    second: float
    at: str
    text: str
    by: str = ""
    id: int = 0


class Player(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _recording.html. `words` say why there is nothing to hear; `wave` is the path of its picture."""

    id: int
    there: bool
    plays: bool
    words: str
    length: str
    wave: str
    lines: Sequence[Said]
    remarks: Sequence[Said]
    may_retry: bool


@page("GET", "/calls/{id}/recording")
async def recording(request: web.Request) -> web.StreamResponse:
    """Show the player, on a sheet over the card or on a page of its own."""
    shown = await request.app[DB].read(_player, viewer_of(request), path_id(request))
    template = "_recording_sheet.html" if is_fragment(request) else "recording.html"
    return await render(request, template, title=_("Recording"), sub="", recording=shown)


@page("GET", "/calls/{id}/recording/player")
async def player(request: web.Request) -> web.StreamResponse:
    """Show the player again as it is now."""
    shown = await request.app[DB].read(_player, viewer_of(request), path_id(request))
    return await render(request, "_recording.html", recording=shown)


@page("GET", "/calls/{id}/recording/sound")
async def sound(request: web.Request) -> web.StreamResponse:
    """Give the sound, any part of it; who hears it stands in the audit."""
    found = await request.app[DB].read(_found, viewer_of(request), path_id(request))
    path = request.app[BLOBS].path(found.blob) if found.blob else None
    if path is None or not path.is_file():
        raise Problem(410, _("This recording is not kept."))
    return web.FileResponse(path, headers={
        "Content-Type": found.type or UNKNOWN,
        "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


@page("POST", "/calls/{id}/recording")
async def try_again(request: web.Request) -> web.StreamResponse:
    """Have it fetched again."""
    await request.app[DB].write(_try_again, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("It is fetched again")))


@page("POST", "/calls/{id}/recording/remarks")
async def remark(request: web.Request) -> web.StreamResponse:
    """Keep what somebody says of a second of it."""
    fields = await form(request)
    await request.app[DB].write(
        _remark,
        viewer_of(request),
        path_id(request),
        _second(fields.get("second", "")),
        fields.get("text", ""),
    )
    return await changed(request, Toast(text=_("Written down")))


@page("DELETE", "/recording-remarks/{id}")
async def take_back(request: web.Request) -> web.StreamResponse:
    """Take back a remark of one's own."""
    await request.app[DB].write(_take_back, viewer_of(request), path_id(request))
    return await changed(request, Toast(text=_("Taken back")))


@page("POST", "/departments/{id}/recordings", role="admin")
async def keep(request: web.Request) -> web.StreamResponse:
    """Say who hears a department's recordings and how long they are kept."""
    fields = await form(request)
    days = fields.get("days", "").strip()
    if fields.get("heard_by") not in recordings.RULE_WORDS:
        raise Problem(422, _("Choose who hears them."))
    if not (days.isascii() and days.isdigit() and len(days) <= 4 and 1 <= int(days) <= MOST_DAYS):  # noqa: PLR2004
        raise Problem(422, _("They are kept from 1 to %(most)s days.", most=MOST_DAYS))
    await request.app[DB].write(_keep, viewer_of(request), path_id(request), fields["heard_by"], int(days))
    return await changed(request, Toast(text=_("Saved")), back=f"/departments/{path_id(request)}")


def wave(peaks: Sequence[int]) -> str:
    """Draw how loud it is as the path of an SVG, one stroke for each peak, 2 * TALL high."""
    high = [max(round(TALL * min(peak, 100) / 100), 1) for peak in peaks]
    return "".join(f"M{at} {TALL - each}v{2 * each}" for at, each in enumerate(high))


def _player(session: Session, viewer: Viewer, call_id: int) -> Player:
    found = _found(session, viewer, call_id)
    return Player(
        id=call_id, there=found.blob is not None, plays=found.type != UNKNOWN, words=_words(found),
        length=moments.played(found.seconds) if found.seconds is not None else "", wave=wave(found.peaks),
        lines=[Said(second, moments.played(second), text) for second, text in found.lines or ()],
        remarks=_remarks(session, viewer, found),
        may_retry=found.kept_at is None and found.forgotten_at is None and found.error is not None,
    )  # fmt: skip


def _words(found: Recording) -> str:
    if found.forgotten_at is not None:
        return _("It was kept as long as the department keeps recordings, and is gone now.")
    if found.kept_at is None:
        return found.error or _("It is being fetched from the PBX.")
    return found.error or ""


def _remarks(session: Session, viewer: Viewer, found: Recording) -> list[Said]:
    shown = []
    for each in recordings.remarks_on(session, found):
        by = session.get(User, each.by) if each.by else None
        own = each.by is not None and each.by == viewer.user_id
        shown.append(
            Said(
                each.second,
                moments.played(each.second),
                each.text,
                by.name if by else "",
                each.id if own else 0,
            )
        )
    return shown


def _found(session: Session, viewer: Viewer, call_id: int) -> Recording:
    call = session.get(Call, call_id)
    found = recordings.recording_of(session, call_id) if call else None
    if call is None or found is None or not recordings.may_hear(session, viewer, call):
        raise Problem(404, _("There is no such recording, or it is not for you."))
    return found


def _second(text: str) -> float:
    """Read where a player was; what is no number is the beginning."""
    try:
        second = float(text or 0)
    except ValueError:
        return 0.0
    return min(max(second, 0.0), LATEST) if isfinite(second) else 0.0


def _try_again(session: Session, viewer: Viewer, call_id: int) -> None:
    recordings.try_again(session, _found(session, viewer, call_id))
    _record(session, viewer, call_id, said("fetched again"))


def _remark(session: Session, viewer: Viewer, call_id: int, second: float, text: str) -> None:
    found, text = _found(session, viewer, call_id), text.strip()
    if not text:
        raise Refusal(_("Write what you heard."))
    session.add(Remark(recording_id=found.id, second=second, text=text[:TEXT], by=viewer.user_id))
    _record(session, viewer, call_id, said("remarked on at %(time)s", time=moments.played(second)))


def _take_back(session: Session, viewer: Viewer, remark_id: int) -> None:
    found = session.get(Remark, remark_id)
    if found is None or found.by is None or found.by != viewer.user_id:
        raise Problem(404, _("There is nothing at this address."))
    call_id = session.get_one(Recording, found.recording_id).call_id
    _record(
        session, viewer, call_id, said("a remark at %(time)s taken back", time=moments.played(found.second))
    )
    session.delete(found)


def _record(session: Session, viewer: Viewer, call_id: int, words: str) -> None:
    audit.record(session, viewer, audit.CHANGED, "recording", call_id, words=words)


def _keep(session: Session, viewer: Viewer, department_id: int, heard_by: str, days: int) -> None:
    place = session.get(Department, department_id)
    if place is None:
        raise Problem(404, _("There is nothing at this address."))
    before = {"recordings_heard_by": place.recordings_heard_by, "recordings_days": place.recordings_days}
    place.recordings_heard_by, place.recordings_days = heard_by, days
    after = {"recordings_heard_by": heard_by, "recordings_days": days}
    if changes := audit.differences(before, after):
        audit.record(session, viewer, audit.CHANGED, "department", place.id, changes=changes,
                     words=said("who hears recordings, and how long they are kept"))  # fmt: skip
