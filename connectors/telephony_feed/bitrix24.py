"""Bitrix24's external calls, emulated: `…/telephony.externalcall.register`, `show`, `hide`, `finish`, `attachRecord`.

https://apidocs.bitrix24.com/api-reference/telephony/index.html
A PBX that speaks them is given our address in place of the one for incoming web hooks. What is registered has an id
that is made of what was said, so that nothing has to be remembered.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import msgspec

from connectors.asterisk.plan import is_withheld
from connectors.telephony_feed.asked import Asked
from connectors.telephony_feed.settings import FeedSettings
from hub.connector import Answer
from hub.events import CallNews

_METHOD = re.compile(r"(?:.*/)?telephony\.externalcall\.(\w+?)(?:\.(?:json|xml))?/?", re.IGNORECASE)
_TOLD = {"register", "show", "hide", "finish", "attachrecord"}
_OUT = {"1", "4"}
_ANSWERED = "200"
# Q.850, by the codes of SIP that Bitrix24 takes
_CAUSES = {
    "304": 19, "402": 21, "403": 21, "404": 1, "423": 21, "480": 18, "484": 28, "486": 17, "503": 34, "603": 21,
    "603-S": 16, "OTHER": 31,
}  # fmt: skip


def method(asked: Asked) -> str:
    """Give which of them was asked for, "" for none."""
    found = _METHOD.fullmatch(asked.path)
    return found[1].casefold() if found else ""


def key(asked: Asked) -> str:
    """Give the id of the call, "" where this tells of none."""
    name = method(asked)
    if name != "register":
        return asked.text("CALL_ID") if name in _TOLD else ""
    told = [asked.text(name) for name in ("PHONE_NUMBER", "TYPE", "LINE_NUMBER", "EXTERNAL_CALL_ID")]
    who = asked.text("USER_ID") or asked.text("USER_PHONE_INNER")
    # Without an id of its own, who registers a call twice within a minute means the same one.
    when = asked.text("CALL_START_DATE") or asked.received_at.strftime("%Y-%m-%dT%H:%M")
    last = who if told[3] else f"{who} {when}"
    return f"externalCall.{sha256(msgspec.json.encode([*told, last])).hexdigest()[:32]}"


def answer(asked: Asked) -> Answer:
    """Say what Bitrix24 would: the id of the call, of which all else is told."""
    name, call = method(asked), key(asked)
    if name not in {*_TOLD, "searchcrmentities"}:
        return _json(404, {"error": "ERROR_METHOD_NOT_FOUND", "error_description": name})
    if name in _TOLD and not call:
        return _json(400, {"error": "ERROR_ARGUMENT", "error_description": "CALL_ID"})
    result: object = {
        "register": {"CALL_ID": call, "CRM_CREATED_LEAD": None, "CRM_CREATED_ENTITIES": [],
                     "CRM_ENTITY_TYPE": None, "CRM_ENTITY_ID": None},
        "finish": {"CALL_ID": call, "CALL_DURATION": asked.text("DURATION") or "0",
                   "CALL_FAILED_CODE": asked.text("STATUS_CODE"), "CRM_ACTIVITY_ID": None},
        "attachrecord": {"FILE_ID": None},
        "searchcrmentities": [],
    }.get(name, True)  # fmt: skip
    moment = asked.received_at.isoformat()
    return _json(200, {"result": result, "time": {"date_start": moment, "date_finish": moment}})


def read(asked: Asked, settings: FeedSettings) -> tuple[CallNews, ...]:
    """Give what happened; what is recorded elsewhere is no news of the call."""
    news = {"register": _registered, "show": _shown, "hide": _shown, "finish": _finished}.get(method(asked))
    return (news(asked, settings),) if news else ()


def _registered(asked: Asked, settings: FeedSettings) -> CallNews:
    is_out, theirs, line = asked.text("TYPE") in _OUT, asked.text("PHONE_NUMBER"), asked.text("LINE_NUMBER")
    shown = is_out or asked.text("SHOW") not in {"0", "false", "N"}
    return CallNews(
        key=key(asked),
        what="rings",
        at=_moment(asked.text("CALL_START_DATE"), asked.received_at),
        direction="outbound" if is_out else "inbound",
        customer=settings.number(theirs),
        written=theirs,
        withheld=is_withheld(theirs),
        dialled=theirs if is_out else line,
        extensions=_extensions(asked, settings) if shown else (),
        department=settings.department_of(line),
        within=60.0 * settings.ringing_minutes,
    )


def _shown(asked: Asked, settings: FeedSettings) -> CallNews:
    what: Literal["rings", "quiet"] = "rings" if method(asked) == "show" else "quiet"
    return CallNews(
        key=key(asked), what=what, at=asked.received_at, extensions=_extensions(asked, settings),
        within=60.0 * settings.ringing_minutes,
    )  # fmt: skip


def _finished(asked: Asked, settings: FeedSettings) -> CallNews:
    status, lasted = asked.text("STATUS_CODE").upper(), asked.text("DURATION")
    talked = status in {_ANSWERED, ""} and lasted.isdigit() and int(lasted[:6]) > 0
    return CallNews(
        key=key(asked), what="ended", at=asked.received_at, extensions=_extensions(asked, settings),
        seconds=float(lasted[:6]) if talked else None, cause=16 if talked else _CAUSES.get(status),
        ended_by="customer" if status == "603-S" else None,
    )  # fmt: skip


def _extensions(asked: Asked, settings: FeedSettings) -> tuple[str, ...]:
    """Give whose telephones are meant: the extension itself, or that of a user's number."""
    inner = [settings.extension(each) or each for each in asked.texts("USER_PHONE_INNER")]
    users = [settings.extension_of_user(each) for each in asked.texts("USER_ID")]
    return tuple(dict.fromkeys(each for each in (inner or users) if each))


def _moment(written: str, otherwise: datetime) -> datetime:
    """Read when a call began, with its zone; that of others, or of the future, is now."""
    with suppress(ValueError, OverflowError):
        told = datetime.fromisoformat(written)
        if told.tzinfo and told <= otherwise:
            return told.astimezone(UTC)
    return otherwise


def _json(status: int, words: object) -> Answer:
    return Answer(
        status=status, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(words)
    )
