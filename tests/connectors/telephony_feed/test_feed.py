"""What PBXs push: Zammad's generic CTI and Bitrix24's external calls, with invented people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from connectors.telephony_feed import FeedSettings, TelephonyFeed
from connectors.telephony_feed.connector import LARGEST
from hub.connector import Raw, WrongSetting
from hub.events import CallNews

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KARIN = "+46701740612"
FEED = TelephonyFeed("calls", "sesame", FeedSettings(
    telephones=("Elin Sandgren = 101", "08-465 004 02 = 102", "user 12 = 101"),
    departments=("support = Service", "+46 8 465 004 04 = Sales"),
))  # fmt: skip
FORM = "application/x-www-form-urlencoded"


def sent(body: object, path: str = "", query: str = "", at: datetime = NINE) -> Raw:
    """Give a request: pairs go as a form, a mapping as JSON."""
    as_json = isinstance(body, dict)
    content = json.dumps(body) if as_json else urlencode(body)
    headers = {"content-type": "application/json" if as_json else FORM, ":method": "POST", ":query": query}
    return Raw(body=content.encode(), headers=headers | ({":path": path} if path else {}), received_at=at)


def news(raw: Raw) -> CallNews:
    assert FEED.refuse(raw) is None
    (only,) = FEED.read(raw)
    return only


NEW = [("event", "newCall"), ("from", "46701740612"), ("to", "4684650404"), ("direction", "in"),
       ("callId", "53ba82e2"), ("user[]", "Elin Sandgren"), ("user[]", "Nils"), ("queue", "support")]  # fmt: skip


@pytest.mark.parametrize("body", [
    NEW, {**dict(NEW[:5]), "user": ["Elin Sandgren", "Nils"], "queue": "support"},
    {**dict(NEW[:4]), "call_id": "53ba82e2", "user[]": ["Elin Sandgren", "Nils"], "queue": "support"},
], ids=["form", "json", "older"])  # fmt: skip
def test_a_new_call_rings_at_those_whose_names_are_told(body: object) -> None:
    told = news(sent(body))
    assert (told.key, told.what, told.direction, told.customer) == ("53ba82e2", "rings", "inbound", KARIN)
    assert (told.extensions, told.queue, told.department) == (("101", "Nils"), "support", "Service")


def test_a_number_says_whose_telephone_it_is_where_no_name_does() -> None:
    told = news(
        sent(
            [
                ("event", "newCall"),
                ("from", KARIN),
                ("to", "+46846500402"),
                ("direction", "in"),
                ("callId", "7"),
            ]
        )
    )
    assert told.extensions == ("102",)


def test_an_outgoing_call_is_to_the_customer_from_the_telephone() -> None:
    told = news(
        sent({"event": "newCall", "from": "101", "to": "070-174 06 12", "direction": "out", "callId": "8"})
    )
    assert (told.direction, told.customer, told.dialled, told.extensions) == (
        "outbound",
        KARIN,
        "070-174 06 12",
        ("101",),
    )


def test_a_call_between_colleagues_is_nobodys_customer() -> None:
    told = news(sent({"event": "newCall", "from": "101", "to": "102", "direction": "out", "callId": "9"}))
    assert (told.direction, told.customer, told.extensions) == ("internal", None, ("101",))


def test_a_withheld_number_is_said_to_be_one() -> None:
    told = news(
        sent({"event": "newCall", "from": "anonymous", "to": "101", "direction": "in", "callId": "9"})
    )
    assert (told.withheld, told.customer) == (True, None)


def test_who_answered_is_who_is_named_as_that() -> None:
    told = news(sent({"event": "answer", "from": KARIN, "to": "+4684650404", "direction": "in", "callId": "1",
                      "answeringNumber": "102", "user": ["Elin Sandgren"]}))  # fmt: skip
    assert (told.what, told.extensions) == ("answered", ("102",))


@pytest.mark.parametrize(("cause", "number", "by"), [
    ("normalClearing", 16, None), ("busy", 17, None), ("cancel", 16, "customer"), ("noAnswer", 19, None),
    ("congestion", 34, None), ("notFound", 1, None), ("forwarded", 16, None), ("odd", None, None),
])  # fmt: skip
def test_a_hang_up_says_why(cause: str, number: int | None, by: str | None) -> None:
    told = news(
        sent(
            {"event": "hangup", "from": KARIN, "to": "101", "direction": "in", "callId": "1", "cause": cause}
        )
    )
    assert (told.what, told.cause, told.ended_by) == ("ended", number, by)


def test_zammads_way_is_answered_with_an_empty_object_and_may_be_a_get() -> None:
    asked = Raw(body=b"", headers={":method": "GET", ":query": urlencode(NEW)}, received_at=NINE)
    assert FEED.asks(asked)
    assert (FEED.answer(asked).status, FEED.answer(asked).body) == (200, b"{}")
    assert news(asked).extensions == ("101", "Nils")


def test_what_is_told_of_a_call_is_one_stream() -> None:
    hangup = sent({"event": "hangup", "callId": "53ba82e2"})
    assert FEED.stream(sent(NEW)) == FEED.stream(hangup) == "53ba82e2"


REGISTER = {"USER_PHONE_INNER": "101", "PHONE_NUMBER": "+46 70 174 06 12", "TYPE": 2, "LINE_NUMBER": "+46846500404",
            "EXTERNAL_CALL_ID": "pbx-77", "CRM_CREATE": 1, "CALL_START_DATE": "2026-11-20T09:59:58+01:00"}  # fmt: skip


def registered(body: object = REGISTER, at: datetime = NINE) -> str:
    raw = sent(body, "telephony.externalcall.register.json", at=at)
    call = json.loads(FEED.answer(raw).body)["result"]["CALL_ID"]
    assert FEED.stream(raw) == call
    return str(call)


@pytest.mark.parametrize("path", [
    "telephony.externalcall.register", "telephony.externalCall.register.json",
    "rest/1/abc/telephony.externalcall.register/",
])  # fmt: skip
def test_a_registered_call_rings_and_is_answered_with_its_id(path: str) -> None:
    told = news(sent(REGISTER, path))
    assert told.key == registered()
    assert (told.what, told.direction, told.customer, told.extensions) == (
        "rings",
        "inbound",
        KARIN,
        ("101",),
    )
    assert (told.department, told.at) == ("Sales", NINE - timedelta(seconds=2))


def test_the_same_call_registered_again_has_the_same_id_and_another_has_not() -> None:
    assert registered() == registered(at=NINE + timedelta(minutes=20))
    assert registered() != registered({**REGISTER, "EXTERNAL_CALL_ID": "pbx-78"})
    without = {
        key: value for key, value in REGISTER.items() if key not in {"EXTERNAL_CALL_ID", "CALL_START_DATE"}
    }
    assert registered(without) == registered(without, NINE + timedelta(seconds=20))
    assert registered(without) != registered(without, NINE + timedelta(minutes=10))


def test_a_call_that_shall_not_be_shown_rings_for_nobody_until_it_is() -> None:
    assert news(sent({**REGISTER, "SHOW": 0}, "telephony.externalcall.register")).extensions == ()
    shown = news(sent([("CALL_ID", "externalCall.1"), ("USER_ID[]", "12")], "telephony.externalcall.show"))
    hidden = news(sent({"CALL_ID": "externalCall.1", "USER_ID": 12}, "telephony.externalcall.hide"))
    assert [(each.what, each.extensions) for each in (shown, hidden)] == [
        ("rings", ("101",)),
        ("quiet", ("101",)),
    ]


@pytest.mark.parametrize(("status", "seconds", "cause"), [
    ("200", 42.0, 16), ("304", None, 19), ("486", None, 17), ("603", None, 21), ("603-S", None, 16), ("404", None, 1),
])  # fmt: skip
def test_a_finished_call_says_how_long_and_why(status: str, seconds: float | None, cause: int) -> None:
    raw = sent(
        {"CALL_ID": "externalCall.1", "USER_ID": 12, "DURATION": 42, "STATUS_CODE": status},
        "telephony.externalcall.finish.json",
    )
    told = news(raw)
    assert (told.what, told.extensions, told.seconds, told.cause) == ("ended", ("101",), seconds, cause)
    assert json.loads(FEED.answer(raw).body)["result"]["CALL_ID"] == "externalCall.1"


def test_a_recording_is_answered_and_is_no_news() -> None:
    raw = sent(
        {"CALL_ID": "externalCall.1", "FILENAME": "a.mp3", "RECORD_URL": "https://pbx.example/a.mp3"},
        "telephony.externalCall.attachRecord",
    )
    assert FEED.refuse(raw) is None
    assert FEED.read(raw) == ()
    assert "result" in json.loads(FEED.answer(raw).body)


def test_who_asks_whom_bitrix24_knows_is_told_nobody_and_leaves_nothing() -> None:
    answer = FEED.refuse(sent({"PHONE_NUMBER": KARIN}, "telephony.externalCall.searchCrmEntities"))
    assert answer is not None
    assert (answer.status, json.loads(answer.body)["result"]) == (200, [])


@pytest.mark.parametrize("raw", [
    sent({"name": "Karin"}), sent([]), sent({"event": "newCall"}), sent({}, "telephony.externalcall.finish"),
    sent({}, "telephony.externalcall.explode"), Raw(body=b"[" * 5000, headers={}, received_at=NINE),
], ids=range(6))  # fmt: skip
def test_what_is_no_call_is_refused_and_cannot_be_read(raw: Raw) -> None:
    answer = FEED.refuse(raw)
    assert answer is not None
    assert answer.status in {400, 404}
    with pytest.raises(ValueError, match="no call"):
        FEED.read(raw)


def test_what_is_too_large_for_a_call_is_refused_unopened() -> None:
    answer = FEED.refuse(sent({**dict(NEW[:5]), "note": "x" * LARGEST}))
    assert answer is not None
    assert (answer.status, json.loads(answer.body)) == (413, {"error": "A call is told in 64 kB at most."})


@pytest.mark.parametrize("settings", [
    {"staff": "("}, {"telephones": ("101",)}, {"departments": ("sales",)}, {"ringing_minutes": 0},
])  # fmt: skip
def test_a_setting_that_could_never_work_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(WrongSetting):
        FeedSettings(**settings)
