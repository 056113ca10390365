"""What Asterisk writes down of a call when it is over (CDR): read from a line or a row, and told as entries.

A record is about two who were to talk: the channel that called and the one that was called. It knows neither who hung
up nor, behind a queue or a menu that picks up by itself, when a colleague did; what is known is told as CEL would, so
that the same machine derives the calls.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter

import msgspec

from connectors.asterisk.entries import Entry, moment_of
from connectors.asterisk.outcome import BUSY, NO_ANSWER
from connectors.asterisk.reading import Form, Written
from connectors.asterisk.words import FILE, ID, NAME, WRITTEN, clean

_COMMON = ("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
           "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid")  # fmt: skip
_NEWER = ("peeraccount", "linkedid", "sequence")
# Master.csv as cdr.conf may have it, by how many values there are; without loguniqueid nobody knows whose it is.
IN_A_LINE: Mapping[int, Sequence[str]] = {
    17: _COMMON, 18: (*_COMMON, "userfield"), 20: (*_COMMON, *_NEWER), 21: (*_COMMON, "userfield", *_NEWER),
}  # fmt: skip
_ENDED = {"BUSY": BUSY, "FAILED": 38, "CONGESTION": 34}
_NORMAL = 16
_NAME = re.compile(r'"(.*)"\s*<.*>')
_LONGEST = 30 * 86_400


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Who was to talk with whom, from `started` over `answered` (None: never) to `at`, in seconds since 1970."""

    at: float
    started: float
    answered: float | None
    leg: str
    call: str
    channel: str
    other: str
    number: str
    name: str
    dialled: str
    app: str
    data: str
    word: str


def of_line(line: str) -> Written[Record] | None:
    """Read a line of Master.csv; None where it is no record, or says not whose."""
    try:
        values = next(csv.reader([line]), [])
    except csv.Error:
        return None
    names = IN_A_LINE.get(len(values))
    return of_row(dict(zip(names, values, strict=True))) if names else None


def of_row(row: Mapping[str, object]) -> Written[Record] | None:
    """Read a row of a table by the names of its columns; None where it is no record."""
    text = {name: value if isinstance(value, str) else "" for name, value in row.items()}
    began = moment_of(row.get("start"))
    leg, channel = text["uniqueid"][:ID], text["channel"][:ID]
    if began is None or not (leg and channel and text["disposition"]):
        return None
    started, by_the_wall = began
    lasted, talked = _seconds(row.get("duration")), _seconds(row.get("billsec"))
    ended, answered = moment_of(row.get("end")), moment_of(row.get("answer"))
    at = ended[0] if ended else started + lasted
    talk = None
    if text["disposition"] == "ANSWERED":
        talk = answered[0] if answered else at - talked
    name = _NAME.fullmatch(text["clid"][: WRITTEN + NAME])
    record = Record(
        at=at, started=started, answered=talk, leg=leg, call=text.get("linkedid", "")[:ID] or leg, channel=channel,
        other=text["dstchannel"][:ID], number=clean(text["src"], WRITTEN),
        name=clean(name[1], NAME) if name else "", dialled=clean(text["dst"], WRITTEN), app=text["lastapp"][:NAME],
        data=text["lastdata"][:FILE], word=text["disposition"][:NAME],
    )  # fmt: skip
    return Written(record, at, by_the_wall)


CDR = Form(
    of_line=of_line, of_row=of_row, wanted=lambda record: bool(record.word), time="start",
    columns={
        "start": ("start", "calldate"), "answer": ("answer",), "end": ("end",), "duration": ("duration",),
        "billsec": ("billsec",), "src": ("src",), "dst": ("dst",), "clid": ("clid",), "channel": ("channel",),
        "dstchannel": ("dstchannel",), "lastapp": ("lastapp",), "lastdata": ("lastdata",),
        "disposition": ("disposition",), "uniqueid": ("uniqueid",), "linkedid": ("linkedid",),
    },
    optional=frozenset({"answer", "end", "linkedid"}),
)  # fmt: skip


def retold(records: Iterable[Record]) -> list[Entry]:
    """Give the entries that would have been written of the same calls, each call's in the order of its times."""
    calls: dict[str, list[Record]] = {}
    for record in records:
        calls.setdefault(record.call, []).append(record)
    return [entry for call in calls.values()
            for entry in sorted(_Retelling(call).entries(), key=attrgetter("at"))]  # fmt: skip


class _Retelling:
    """The records of one call. Halves of a Local channel are left out: who is behind them is called instead."""

    def __init__(self, records: Sequence[Record]) -> None:
        behind = {record.channel: record.other for record in records if record.channel.endswith(";2")}
        self.records = sorted((record for record in records if not record.channel.startswith("Local/")),
                              key=attrgetter("started"))  # fmt: skip
        self.ids = {record.channel: record.leg for record in self.records}
        self.others = [behind.get(f"{record.other[:-1]}2", "") if record.other.endswith(";1") else record.other
                       for record in self.records]  # fmt: skip

    def entries(self) -> Iterator[Entry]:
        begun: set[str] = set()
        talked: set[tuple[str, str]] = set()
        for number, (record, other) in enumerate(zip(self.records, self.others, strict=True)):
            if record.channel not in begun:
                begun.add(record.channel)
                yield self._of(record, record.channel, "CHAN_START", record.started, number=record.number,
                               name=record.name, dialled=record.dialled or "s")  # fmt: skip
            yield self._of(
                record, record.channel, "APP_START", record.started, app=record.app, data=record.data
            )
            if not other:
                continue
            if other not in begun:
                begun.add(other)
                yield self._of(record, other, "CHAN_START", record.started)
            if record.answered is not None and (record.channel, other) not in talked:
                talked.add((record.channel, other))
                yield from self._talk(record, other, number, record.answered)
        yield from self._ends()

    def _talk(self, record: Record, other: str, number: int, at: float) -> Iterator[Entry]:
        bridge = f'{{"bridge_id": "record-{number}"}}'
        yield self._of(record, other, "ANSWER", at, app="AppDial")
        for channel in (other, record.channel):
            yield self._of(record, channel, "BRIDGE_ENTER", at, extra=bridge)
        for channel in (other, record.channel):
            yield self._of(record, channel, "BRIDGE_EXIT", record.at, extra=bridge)

    def _ends(self) -> Iterator[Entry]:
        """End each channel with the last record in which it is; those who called after those who were called."""
        last: dict[str, Record] = {}
        for record, other in zip(self.records, self.others, strict=True):
            for channel in filter(None, (other, record.channel)):
                if channel not in last or record.at >= last[channel].at:
                    last[channel] = record
        for channel, record in sorted(last.items(), key=lambda each: each[0] in self.ids):
            cause = _ENDED.get(record.word, NO_ANSWER if record.word == "NO ANSWER" else _NORMAL)
            gave_up = record.app == "Queue" or (
                not record.other and record.app not in {"Hangup", "Congestion", "Busy"}
            )
            source = f', "hangupsource": "{channel}"' if channel == record.channel and gave_up else ""
            yield self._of(record, channel, "HANGUP", record.at, extra=f'{{"hangupcause": {cause}{source}}}')

    def _of(self, record: Record, channel: str, kind: str, at: float, **more: str) -> Entry:
        leg = self.ids.get(channel) or f"{record.call} {channel}"[:ID]
        return Entry(kind=kind, at=at, leg=leg, call=record.call, channel=channel, **more)


def _seconds(value: object) -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    try:
        return min(max(float(value), 0.0), _LONGEST)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
