"""What the sender is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.forms import Forms, FormSettings
from hub.connector import Answer, Raw

SITE = "https://klarruta.example"
PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
FORMS = Forms("website", "sesame", FormSettings(origins=(SITE, "http://localhost:8000")))

MakeRaw = Callable[..., Raw]


def test_a_browser_is_sent_on_to_the_page_of_thanks(raw: MakeRaw) -> None:
    answer = FORMS.answer(raw("name=Irina", accept=PAGE))
    assert (answer.status, answer.headers["Location"]) == (303, "/forms/sesame/thanks")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "*/*"},
        {"accept": "application/json"},
        {"accept": "application/json, text/html"},
        {"accept": PAGE, "x_requested_with": "XMLHttpRequest"},
        {"accept": PAGE, "content_type": "application/json"},
        {"accept": "*/*", "user_agent": "WordPress/6.8; https://okna.example"},
        {"user_agent": "TildaBot"},
    ],
)
def test_scripts_and_servers_get_a_receipt_with_exactly_200(raw: MakeRaw, headers: dict[str, str]) -> None:
    answer = FORMS.answer(raw("name=Irina&_next=https%3A%2F%2Fklarruta.example%2F", **headers))
    assert answer.status == 200
    assert json.loads(answer.body) == {"ok": True, "id": "a1"}


def test_a_beacon_of_json_gets_a_receipt_and_a_plain_text_form_a_page(raw: MakeRaw) -> None:
    assert FORMS.answer(raw('{"name":"Irina"}', "text/plain", accept=PAGE)).status == 200
    assert FORMS.answer(raw("name=Irina", "text/plain", accept=PAGE)).status == 303


@pytest.mark.parametrize(
    "body", ["name=Lena&form_id=3&form_name=A", "name=Lena&hs_context={}"], ids=["elementor", "hubspot"]
)
def test_a_browser_gets_the_page_of_thanks_whatever_its_form_looks_like(raw: MakeRaw, body: str) -> None:
    answer = Forms("website", "sesame", FormSettings()).answer(raw(body, accept=PAGE))
    assert (answer.status, answer.headers["Location"]) == (303, "/forms/sesame/thanks")


def test_where_the_sender_is_fixed_it_hears_its_own_answer_whatever_it_accepts(raw: MakeRaw) -> None:
    forms = Forms("website", "sesame", FormSettings(sender="elementor"))
    assert forms.answer(raw("name=Lena&form_id=3&form_name=A", accept=PAGE)).status == 200


@pytest.mark.parametrize(
    ("wish", "address"),
    [
        ("https%3A%2F%2Fklarruta.example%2Ftack%3Fa%3D1", f"{SITE}/tack?a=1"),
        (
            "https://klarruta.example/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE",
            f"{SITE}/%D1%81%D0%BF%D0%B0%D1%81%D0%B8%D0%B1%D0%BE",
        ),
        ("HTTPS://Klarruta.example/tack", "HTTPS://Klarruta.example/tack"),
        ("http://localhost:8000/", "http://localhost:8000/"),
    ],
)
def test_next_leads_to_the_forms_own_site(raw: MakeRaw, wish: str, address: str) -> None:
    assert location(FORMS.answer(raw(f"name=Irina&_next={wish}", accept=PAGE))) == address


@pytest.mark.parametrize(
    "wish",
    [
        "https://evil.example/",
        "http://klarruta.example/",
        "https://klarruta.example:444/",
        "https://klarruta.example.evil.example/",
        "https://klarruta.example@evil.example/",
        "https://evil.example\\@klarruta.example/",
        "https://klarruta.example%0d%0aSet-Cookie:a=b",
        "https://klarruta.example/%09a",
        "//klarruta.example/",
        "/tack",
        "javascript:alert(1)",
        "https://[klarruta.example/",
        "*",
        "",
    ],
)
def test_next_leads_nowhere_else(raw: MakeRaw, wish: str) -> None:
    assert location(FORMS.answer(raw(f"_next={wish}&name=Irina", accept=PAGE))) == "/forms/sesame/thanks"


def test_a_star_lets_every_site_post_and_leads_nowhere(raw: MakeRaw) -> None:
    forms = Forms("website", "sesame", FormSettings(origins=("*",)))
    assert forms.preflight({"origin": "https://any.example"})["Access-Control-Allow-Origin"] == "*"
    answer = forms.answer(raw("_next=https%3A%2F%2Fany.example%2F", accept=PAGE))
    assert location(answer) == "/forms/sesame/thanks"


def test_next_is_found_in_a_multipart_form(raw: MakeRaw) -> None:
    body = f'--x\r\nContent-Disposition: form-data; name="_next"\r\n\r\n{SITE}/tack\r\n--x--\r\n'
    assert location(FORMS.answer(raw(body, "multipart/form-data; boundary=x", accept=PAGE))) == f"{SITE}/tack"


def test_nothing_that_was_sent_is_echoed(raw: MakeRaw) -> None:
    sent = "name=<script>alert(1)</script>&_next=<script>"
    for accept in (PAGE, "application/json"):
        answer = FORMS.answer(raw(sent, accept=accept))
        assert b"script" not in answer.body + repr(answer.headers).encode()


def test_an_empty_form_is_refused_with_a_problem_document(raw: MakeRaw) -> None:
    refused = FORMS.refuse(raw(b"\r\n"))
    assert refused
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert json.loads(refused.body)["title"] == "The form was empty"
    assert FORMS.refuse(raw(b"\0")) is None


def test_a_script_of_the_forms_own_site_may_post_and_read_the_receipt(raw: MakeRaw) -> None:
    allowed = FORMS.preflight({"origin": SITE})
    assert allowed["Access-Control-Allow-Origin"] == SITE
    assert allowed["Vary"] == "Origin"
    assert "x-requested-with" in allowed["Access-Control-Allow-Headers"]
    assert FORMS.answer(raw("name=Irina", origin=SITE)).headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "headers", [{}, {"origin": "null"}, {"origin": "https://evil.example"}, {"origin": "*"}]
)
def test_a_foreign_script_may_not(raw: MakeRaw, headers: dict[str, str]) -> None:
    assert FORMS.preflight(headers) == {}
    assert "Access-Control-Allow-Origin" not in FORMS.answer(raw("name=Irina", **headers)).headers


def location(answer: Answer) -> str:
    return answer.headers["Location"]
