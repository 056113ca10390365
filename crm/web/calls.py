"""The room Calls: every call that one may see, the newest first; missed ones are marked as handled, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm import listing, wanted_calls
from crm.desk import Refusal
from crm.exports import Cell
from crm.listing import Asked
from crm.wanted_calls import MOST_COUNTED
from crm.ways import HANDLED
from crm.web import call_filters
from crm.web.call_lines import BY_DEFAULT, Line, columns_for, lines
from crm.web.columns import Column
from crm.web.lists import Export, List
from crm.web.totals import figure
from crm.web.zones import local
from hub.languages import N_, _, ngettext
from hub.said import Said, nsaid
from hub.users import Viewer
from hub.web.frame import Room, add_room

MORE = N_("More than %(many)s calls")

add_room(Room(href="/calls", name=N_("Calls"), icon="phone", order=5, tab=True, key="p"))


def counted(number: int) -> str:
    """Say how many, or that there are more than anybody counts."""
    if number > MOST_COUNTED:
        return _(MORE, many=figure(MOST_COUNTED))
    return ngettext("%(num)s call", "%(num)s calls", number, num=figure(number))


def counts_soon(viewer: Viewer, asked: Asked) -> bool:
    """Tell whether they are counted while the page is made: where no card is looked at for it."""
    return viewer.sees_all and not asked.but(spans={}, department=None).filtered


def chosen(session: Session, viewer: Viewer, _deed: str, asked: Asked, among: Sequence[int]) -> list[int]:
    """Give the call-backs that are to be closed."""
    found = wanted_calls.waiting(session, viewer, asked, among)
    if not found:
        raise Refusal(_("None of these waits to be called back"))
    return found


def cells(line: Line, column: Column, zone: ZoneInfo) -> Sequence[Cell]:
    """Give what stands in a column of an export."""
    back, rang = line.callback, line.rang
    several: dict[str, Sequence[Cell]] = {
        "what": (line.direction, line.outcome),
        "when": (local(line.at, zone),),
        "length": (None if rang is None else round(rang), round(line.talked)),
        "by": (line.by, "; ".join(line.transfers)),
        "place": (line.queue, line.department),
        "callback": (back.words, back.by, local(back.at, zone)) if back else ("", "", None),
        "recorded": (_("Yes") if line.recorded else "",),
    }
    return several.get(column.name) or (str(getattr(line, column.name)),)


def heads(column: Column) -> Sequence[str]:
    """Give what stands over it."""
    several = {
        "what": (_("Direction"), _("How it ended")),
        "length": (_("Rang, seconds"), _("Talked, seconds")),
        "by": (_("Who talked"), _("Handed on")),
        "place": (_("Queue"), _("Department")),
        "callback": (_("Call-back"), _("Handled by"), _("Handled at")),
    }
    return several.get(column.name, (column.words,))


def told(number: int, kind: str) -> Said:
    """Say to the audit what left."""
    return nsaid("%(num)s call as %(kind)s", "%(num)s calls as %(kind)s", number, kind=kind)


CALLS = List(
    kind=listing.CALLS, record="call", title=N_("Calls"), finds=N_("Name, or number typed any way"),
    everything=N_("Show all"), give="", counted=counted, more=MORE, names=N_("Who"),
    by_default=BY_DEFAULT, ready=call_filters.READY, columns=columns_for, rows=wanted_calls.rows,
    count=wanted_calls.count, counts_soon=counts_soon, lines=lines, filters=call_filters.offered,
    narrowed=call_filters.narrowed, chosen=chosen, deeds=(HANDLED,), export=Export(heads, cells, told),
)  # fmt: skip
