"""What Asterisk writes down of its channels (CEL), entry by entry: read from a line of a file or a row of a table.

Every text is cut, and what makes no sense is no entry. A time is written in seconds since 1970, with its zone, or by
the clock on the PBX's wall: then the id of the channel, which begins with seconds, tells which time was meant.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from connectors.asterisk.reading import WALLS, Form, Written
from connectors.asterisk.words import END_OF_TIME, FILE, ID, NAME, WRITTEN, clean

KINDS = frozenset(
    {"CHAN_START", "ANSWER", "APP_START", "BRIDGE_ENTER", "BRIDGE_EXIT", "BLINDTRANSFER", "ATTENDEDTRANSFER", "HANGUP",
     "CHAN_END"}
)  # fmt: skip
# The order of Asterisk's own example of cel_custom.conf; "" is what nobody asks for.
IN_A_LINE = (
    "eventtype", "eventtime", "cid_name", "cid_num", "", "", "", "exten", "", "channame", "appname", "appdata", "", "",
    "uniqueid", "linkedid", "", "", "", "extra",
)  # fmt: skip
EXTRA = 2_000
QUARTER = 900
"""Seconds: clocks on walls differ by quarters of an hour."""
_EPOCH = re.compile(r"(?:.*-)?([0-9]{9,10})\.[0-9]+")


Moment = Annotated[float, msgspec.Meta(gt=0, lt=END_OF_TIME)]
"""In seconds since 1970."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened to the channel of a leg, at `at` (seconds since 1970).

    `call` is the Linkedid, `extra` JSON. `number`, `name` and `dialled` are the channel's own.
    """

    kind: str
    at: Moment
    leg: str
    call: str
    channel: str
    number: str = ""
    name: str = ""
    dialled: str = ""
    app: str = ""
    data: str = ""
    extra: str = ""


def of_line(line: str) -> Written[Entry] | None:
    """Read a line of a file; None where it is no entry."""
    try:
        values = next(csv.reader([line]), [])
    except csv.Error:
        return None
    return of_row(dict(zip(IN_A_LINE, values, strict=True))) if len(values) == len(IN_A_LINE) else None


def of_row(row: Mapping[str, object]) -> Written[Entry] | None:
    """Read a row of a table by the names of its columns; None where it is no entry."""
    text = {name: value if isinstance(value, str) else "" for name, value in row.items()}
    moment = moment_of(row.get("eventtime"))
    leg, call, channel = text["uniqueid"][:ID], text["linkedid"][:ID], text["channame"][:ID]
    if moment is None or not text["eventtype"].replace("_", "").isalnum() or not (leg and call and channel):
        return None
    at, by_the_wall = moment
    return Written(
        Entry(
            kind=text["eventtype"][:NAME], at=at, leg=leg, call=call, channel=channel,
            number=clean(text["cid_num"], WRITTEN), name=clean(text["cid_name"], NAME),
            dialled=clean(text["exten"], WRITTEN), app=text["appname"][:NAME], data=text["appdata"][:FILE],
            extra=text["extra"][:EXTRA],
        ),
        at, by_the_wall,
    )  # fmt: skip


CEL = Form(
    of_line=of_line, of_row=of_row, wanted=lambda entry: entry.kind in KINDS, time="eventtime",
    columns={
        "eventtype": ("eventtype",), "eventtime": ("eventtime",), "cid_name": ("cid_name", "cidname"),
        "cid_num": ("cid_num", "cidnum"), "exten": ("exten",), "channame": ("channame",), "appname": ("appname",),
        "appdata": ("appdata",), "uniqueid": ("uniqueid",), "linkedid": ("linkedid",), "extra": ("extra", "eventextra"),
    },
)  # fmt: skip


def set_right(entries: Sequence[Entry]) -> list[Entry]:
    """Give entries by the clock of the world, in the order of their times, those of one moment as they were written."""
    starts = [(entry.leg, _drift(entry)) for entry in entries if entry.kind == "CHAN_START"]
    drifts = {leg: drift for leg, drift in starts if drift is not None}
    usual = max(drifts.values(), key=list(drifts.values()).count, default=0)
    right = [
        msgspec.structs.replace(entry, at=entry.at - drift) if (drift := drifts.get(entry.leg, usual)) else entry
        for entry in entries
    ]  # fmt: skip
    return sorted(right, key=lambda entry: entry.at)


def _drift(entry: Entry) -> int | None:
    """Tell by how many seconds the clock that wrote is ahead, in whole quarters of an hour; None: nothing says it.

    An id such as "1795682070.0", behind the name of the PBX where it has one, tells when its channel began.
    """
    found = _EPOCH.fullmatch(entry.leg)
    drift = round((entry.at - int(found[1])) / QUARTER) * QUARTER if found else None
    return drift if drift is not None and abs(drift) <= WALLS else None


def moment_of(value: object) -> tuple[float, bool] | None:
    """Read a time: in seconds since 1970, and whether it has no zone and was taken for UTC; None for anything else."""
    if isinstance(value, str):
        return _of_text(value[:WRITTEN])
    if isinstance(value, datetime):
        return _of_day(value)
    try:
        return _of_seconds(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _of_text(text: str) -> tuple[float, bool] | None:
    try:
        return _of_seconds(float(text))
    except ValueError:
        pass
    try:
        return _of_day(datetime.fromisoformat(text))
    except ValueError:
        return None


def _of_day(day: datetime) -> tuple[float, bool] | None:
    zoneless = day.tzinfo is None
    try:
        seconds = _of_seconds((day.replace(tzinfo=UTC) if zoneless else day).timestamp())
    except OverflowError:
        return None
    return (seconds[0], zoneless) if seconds else None


def _of_seconds(seconds: float) -> tuple[float, bool] | None:
    return (seconds, False) if 0 < seconds < END_OF_TIME else None
