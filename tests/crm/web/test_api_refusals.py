"""A refusal over the API whose reason lies in one field of what was sent names it, as of what cannot be read."""

from __future__ import annotations

import pytest

from tests.crm.web.conftest import Api

NEWS = {"name": "News", "words": "News of windows, once a month."}
MONEY = {"amount": 100, "currency": "SEK", "paid_on": "2026-01-31"}
YES = {"list": 1, "address": "karin@nyman.example", "state": "given", "words": "Yes"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/mailing-lists", NEWS, "name"),
        ("/mailing-lists", {**NEWS, "name": "Fairs", "word": "two words"}, "word"),
        ("/mailing-lists", {**NEWS, "name": "Fairs", "words": " "}, "words"),
        ("/consents", {**YES, "list": 99}, "list"),
        ("/consents", {**YES, "address": "nobody"}, "address"),
        ("/payments", {**MONEY, "paid_on": "2999-01-31"}, "paid_on"),
        ("/payments", {**MONEY, "invoices": [{"invoice": 99, "amount": 1}]}, "invoices"),
        ("/payments", {**MONEY, "invoices": [{"invoice": 99, "amount": 1}] * 2}, "invoices"),
        ("/bank-statements", {"file": "a.csv", "content": "?"}, "content"),
        ("/tasks", {"title": " "}, "title"),
        ("/campaigns", {"name": "Spring", "list": 99}, "list"),
    ],
)
async def test_a_refusal_names_its_field(api: Api, path: str, body: dict[str, object], field: str) -> None:
    await api.ask("POST", "/mailing-lists", NEWS, status=201)
    told = await api.ask("POST", path, body, status=409)
    assert told["errors"] == [{"detail": told["detail"], "pointer": f"/{field}"}]


async def test_a_refusal_that_is_about_no_field_names_none(api: Api) -> None:
    told = await api.ask("GET", "/consents?address=nobody", status=409)
    assert told.get("errors", []) == []
