"""What a timeline says of a letter of ours: how far it is, why, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm import letter_fates, letter_reports, sendings
from crm.letter_reports import BOUNCE, COMPLAINT, DELAY, DELIVERED, LetterReport
from crm.letter_writing import can_be_withdrawn
from crm.sendings import Sent
from hub.clock import now
from hub.languages import _
from hub.outbox import Outgoing
from hub.said import again

OK, OFF, SOON, LATE = "ok", "off", "soon", "late"


class Act(msgspec.Struct, frozen=True):
    """A button: its words, where it leads by which verb."""

    words: str
    href: str
    verb: str = "post"


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """How far a letter is: a mark (ok | off | soon | late), words and since when, or for when; `why` says more."""

    mark: str
    words: str
    at: datetime
    why: str = ""
    acts: Sequence[Act] = ()


def fates(session: Session, interaction_ids: Sequence[int]) -> Mapping[int, Fate]:
    """Give how far those of these interactions are that are letters of ours."""
    sent = sendings.sent(session, interaction_ids)
    reports = letter_reports.reports_of(session, list(sent))
    return {touch_id: fate(touch_id, found, reports[touch_id]) for touch_id, found in sent.items()}


def fate(touch_id: int, sent: Sent, reports: Sequence[LetterReport]) -> Fate:
    """Give how far one letter is: what was reported last counts, unless it came back to one recipient."""
    row, here = sent.outgoing, f"/letters/{touch_id}"
    if row.done_at is not None:
        return _left(sent, row.done_at, reports, here)
    if row.unknown_at is not None:
        acts = (Act(_("Send again"), f"{here}/again"), Act(_("It did arrive"), f"{here}/arrival"))
        return Fate(
            mark=LATE, words=_("Unknown"), at=row.unknown_at, why=again(letter_fates.trouble(row)), acts=acts
        )
    if (ended := row.failed_at or row.expired_at) is not None:
        acts = (Act(_("Send again"), f"{here}/again"), Act(_("Write anew"), f"{here}/draft"))
        words = _("Refused") if row.failed_at else _("Not sent")
        return Fate(mark=LATE, words=words, at=ended, why=again(letter_fates.trouble(row)), acts=acts)
    back = (Act(_("Take back"), here, "delete"),) if can_be_withdrawn(sent) else ()
    due_at = row.due_at or now()
    if row.begun_at is not None:
        return Fate(mark=OFF, words=_("Is being sent"), at=row.begun_at)
    if row.error:
        return Fate(mark=SOON, words=_("Not yet, again"), at=due_at, why=row.error, acts=back)
    return Fate(mark=OFF, words=_("Leaves"), at=due_at, acts=back)


def _left(sent: Sent, at: datetime, reports: Sequence[LetterReport], here: str) -> Fate:
    bounced = [each for each in reports if each.kind == BOUNCE]
    if bounced:
        words = _("No such mailbox") if bounced[-1].hard else _("Came back")
        acts = (Act(_("Write anew"), f"{here}/draft"),)
        return Fate(mark=LATE, words=words, at=bounced[-1].at, why=_why(bounced[-1]), acts=acts)
    if sent.missing:
        return _missing(sent.missing, here)
    last, remark = reports[-1] if reports else None, again(sent.outgoing.remark or "")
    if last is None:
        return Fate(mark=SOON if remark else OK, words=_("Sent"), at=at, why=remark)
    words = {DELIVERED: _("Delivered"), DELAY: _("Delayed"), COMPLAINT: _("Complained of")}[last.kind]
    mark = {DELIVERED: OK, DELAY: SOON, COMPLAINT: LATE}[last.kind]
    return Fate(mark=mark, words=words, at=last.at, why="" if last.kind == DELIVERED else _why(last))


def _missing(rows: Sequence[Outgoing], here: str) -> Fate:
    """Say whom a letter has not reached that left: what will not be tried any more counts before what will."""
    why = " ".join(again(letter_fates.missing(row)) for row in rows)
    ended = [row for row in rows if row.due_at is None]
    if not ended:
        return Fate(mark=SOON, words=_("Not to all yet, again"), at=rows[0].due_at or now(), why=why)
    acts = [Act(_("Send again"), f"{here}/again")]
    if any(row.unknown_at for row in ended):
        acts.append(Act(_("It did arrive"), f"{here}/arrival"))
    last = ended[-1]
    at = last.unknown_at or last.failed_at or last.expired_at or last.made_at
    return Fate(mark=LATE, words=_("Not to all"), at=at, why=why, acts=acts)


def _why(report: LetterReport) -> str:
    return f"{report.recipient}: {report.words}" if report.words else report.recipient
