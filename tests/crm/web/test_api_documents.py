"""Documents over the API: made once for a wish, read back, and given out to be signed."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from hub.db import Database
from hub.users import add_user
from tests.crm.web.conftest import Api, Person
from tests.crm.window_deal import window_deal


@pytest.fixture
async def deal(db: Database, api: Api) -> int:
    """Give a deal with all that documents tell."""
    del api

    def make(session: Session) -> int:
        seller = add_user(session, "ebba@klarruta.example", "Ebba Sand", "agent", None)
        return window_deal(session, seller=seller.email)

    return await db.write(make)


async def test_a_document_is_made_listed_and_read_back(api: Api, deal: int) -> None:
    made = await api.ask(
        "POST", f"/deals/{deal}/documents", {"template": "quote", "language": "sv"}, status=201
    )
    assert made["number"].startswith("Q-")
    assert (made["format"], made["version"], made["currency"], made["amount"]) == ("pdf", 1, "SEK", 10880469)
    assert (await api.ask("GET", f"/deals/{deal}/documents"))["documents"] == [made]
    assert await api.ask("GET", f"/documents/{made['id']}") == made
    async with api.client.get(made["content"], headers=api.headers) as answer:
        content = await answer.read()
        assert answer.headers["Content-Type"] == "application/pdf"
    assert len(content) == made["size"]
    assert "Tack för er förfrågan" in PdfReader(BytesIO(content)).pages[0].extract_text()


async def test_a_program_looks_at_what_a_document_would_be(api: Api, deal: int) -> None:
    path = f"/api/v1/deals/{deal}/document-preview?template=quote&language=sv"
    async with api.client.get(path, headers=api.headers) as answer:
        text = PdfReader(BytesIO(await answer.read())).pages[0].extract_text()
    assert "Utkast" in text
    assert "Q-" not in text
    assert (await api.ask("GET", f"/deals/{deal}/documents"))["documents"] == []
    await api.ask("GET", f"/deals/{deal}/document-preview?template=poem", status=409)


async def test_a_wish_that_is_sent_again_makes_one_document(api: Api, deal: int) -> None:
    path, wanted = f"/deals/{deal}/documents", {"template": "quote"}
    first = await api.ask("POST", path, wanted, status=201, idempotency_key="one")
    again = await api.ask("POST", path, wanted, status=201, idempotency_key="one")
    assert (first, api.replayed) == (again, True)
    await api.ask("POST", path, {**wanted, "language": "sv"}, status=422, idempotency_key="one")
    await api.ask("POST", "/deals/99/documents", wanted, status=422, idempotency_key="one")
    other = await api.ask("POST", path, wanted, status=201, idempotency_key="two")
    assert other["id"] != first["id"]
    assert len((await api.ask("GET", path))["documents"]) == 2


async def test_the_link_to_sign_by_is_told_once_and_leads_to_the_page(api: Api, deal: int) -> None:
    made = await api.ask("POST", f"/deals/{deal}/documents", {"template": "quote"}, status=201)
    asked = await api.ask("POST", f"/documents/{made['id']}/signature-requests", {"days": 5}, status=201)
    path = "/sign/" + asked["url"].partition("/sign/")[2]
    async with api.client.get(path) as answer:
        assert answer.status == 200
    again = await api.ask("POST", f"/documents/{made['id']}/signature-requests", {}, status=201)
    async with api.client.get(path) as answer:
        assert answer.status == 410
    await _sign(api, again["url"])
    shown = await api.ask("GET", f"/documents/{made['id']}")
    assert [each["standing"] for each in shown["signatures"]] == ["signed", "revoked"]
    assert (shown["signatures"][0]["signed_by"], shown["signatures"][0]["sha256"]) == (
        "Karin Ekdahl",
        made["sha256"],
    )
    assert all("url" not in each for each in shown["signatures"])
    await api.ask("POST", f"/documents/{made['id']}/signature-requests", {}, status=409)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"template": "poem"}, 409), ({"template": "quote", "language": "de"}, 409), ({}, 422),
     ({"template": "quote", "language": "english"}, 422), ({"template": "", "more": 1}, 422)],
)  # fmt: skip
async def test_what_cannot_be_made_is_said_and_nothing_is_kept(
    api: Api, deal: int, body: dict[str, object], status: int
) -> None:
    await api.ask("POST", f"/deals/{deal}/documents", body, status=status)
    assert (await api.ask("GET", f"/deals/{deal}/documents"))["documents"] == []


async def test_what_there_is_not_and_what_no_scope_opens(api: Api, program: Person, deal: int) -> None:
    for path in ("/documents/99", "/documents/99/content", "/deals/99/documents"):
        await api.ask("GET", path, status=404)
    await api.ask("POST", "/documents/99/signature-requests", {}, status=404)
    reader = await program("deals:read")
    await reader.ask("GET", f"/deals/{deal}/documents")
    await reader.ask("POST", f"/deals/{deal}/documents", {"template": "quote"}, status=403)
    await (await program("tasks:read")).ask("GET", f"/deals/{deal}/documents", status=403)


async def test_templates_are_listed_with_their_versions(api: Api) -> None:
    listed = (await api.ask("GET", "/document-templates"))["templates"]
    quote = next(each for each in listed if each["ready"] == "quote")
    assert (quote["format"], quote["pattern"], quote["retired"]) == ("pdf", "Q-{year}-{number:04}", False)
    contract = next(each for each in listed if each["ready"] == "contract")
    assert {each["language"] for each in contract["versions"]} == {"en", "sv"}


async def _sign(api: Api, url: str) -> None:
    path = "/sign/" + url.partition("/sign/")[2]
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with api.client.post(f"{path}/opening", headers=headers):
        pass
    data = {"name": "Karin Ekdahl", "agree": "on"}
    async with api.client.post(path, data=data, headers=headers) as answer:
        assert answer.status == 200


async def test_a_link_to_sign_by_is_taken_back_and_what_was_signed_stays(api: Api, deal: int) -> None:
    made = await api.ask("POST", f"/deals/{deal}/documents", {"template": "quote"}, status=201)
    path = f"/documents/{made['id']}/signature-requests"
    asked = await api.ask("POST", path, {}, status=201)
    await api.ask("DELETE", path, status=204)
    async with api.client.get("/sign/" + asked["url"].partition("/sign/")[2]) as answer:
        assert answer.status == 410
    await _sign(api, (await api.ask("POST", path, {}, status=201))["url"])
    await api.ask("DELETE", path, status=204)
    shown = await api.ask("GET", f"/documents/{made['id']}")
    assert [each["standing"] for each in shown["signatures"]] == ["signed", "revoked"]
    await api.ask("DELETE", "/documents/99/signature-requests", status=404)
