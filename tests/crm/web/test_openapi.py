"""The API's description: valid, complete, and found true by thousands of requests made from it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from aiohttp import FormData
from openapi_spec_validator import OpenAPIV31SpecValidator
from playwright.async_api import Browser, expect
from sqlalchemy import select

from hub.db import Database
from hub.users import User
from tests.crm.web import records
from tests.crm.web.conftest import Api, Person
from tests.eventually import eventually

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Of each operation, beside what is tried of every field. A plain run tries of every field where records are there, and
# whatever comes to mind where any may be meant; `make soak` tries all of it, and more, with both.
EXAMPLES = os.environ.get("EXAMPLES", "")
PROMISED = {
    "ContactOut": {"id", "name", "organisation", "handles", "fields"},
    "HandleOut": {"kind", "value"},
    "InteractionOut": {
        "id", "contact", "channel", "kind", "direction", "at", "summary", "fields", "attachments",
    },
    "TaskOut": {
        "id", "title", "contact", "assignee", "department", "created_at", "done_at", "deadlines",
    },
    "DeadlineOut": {"kind", "due_at", "met_at", "paused_at", "breached_at", "derivation"},
    "CallOut": {
        "id", "channel", "direction", "customer", "name", "withheld", "dialled", "queue", "rang", "talks", "holds",
        "transfers", "outcome", "ended_by", "cause", "recorded", "started_at", "answered_at", "ended_at", "contact",
        "task",
    },
    "Page_ContactOut_": {"items", "next"},
}  # fmt: skip
RECORDS = """
[parameters]
"path.id" = 1
"path.attachment" = 1
"""


async def test_the_description_is_valid_and_holds_what_was_promised(api: Api) -> None:
    async with api.client.get("/api/openapi.json") as answer:
        document = await answer.json()
    OpenAPIV31SpecValidator(document).validate()
    for name, fields in PROMISED.items():
        assert fields <= document["components"]["schemas"][name]["properties"].keys()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert "401" in operation["responses"], f"{method} {path}"
            assert "summary" in operation


@pytest.mark.timeout(600)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("settings", "phases"),
    [("", "examples,fuzzing"), (RECORDS, "examples,coverage")],
    ids=["any record", "records that are there"],
)
async def test_no_request_finds_a_fault_or_an_answer_outside_the_description(
    settings: str, phases: str, api: Api, person: Person, db: Database, tmp_path: Path
) -> None:
    await fill(api, person, db)
    (tmp_path / "schemathesis.toml").write_text(settings)
    address = str(api.client.make_url("/api/openapi.json"))
    process = await asyncio.create_subprocess_exec(
        SCHEMATHESIS, "--config-file", "schemathesis.toml", "run", address,
        "--header", f"Authorization: {api.headers['Authorization']}", "--checks", "all",
        "--phases", "examples,coverage,fuzzing" if EXAMPLES else phases, "--max-examples", EXAMPLES or "5",
        "--generation-deterministic",
        "--no-color", "--request-timeout", "10",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    tried = re.search(r"(\d+) generated, (\d+) passed", said.decode())
    assert tried
    assert int(tried[1]) > 500


async def fill(api: Api, person: Person, db: Database) -> None:
    """Have one record of each kind."""
    await person("Elin Sandgren", "agent", "Sales")
    (form,) = await api.items("/forms")
    answers = FormData({"name": "Karin", "phone": "070-174 06 12", "openings": "7", "company": "Ekdahl & Co"})
    answers.add_field("pictures", b"GIF89a", filename="window.gif", content_type="image/gif")
    await api.client.post(str(form["intake"]), data=answers)
    await eventually(lambda: api.items("/deadlines"))
    await db.write(lambda session: records.past_call(session, session.scalars(select(User)).one(), "own"))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_api_can_be_read_and_tried_in_a_browser(
    api: Api, person: Person, db: Database, browser: Browser
) -> None:
    await fill(api, person, db)
    faults: list[str] = []
    maria = await person("Maria Berg", "manager")
    page = await browser.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    cookie = maria.headers["Cookie"].partition("=")[2]
    address = str(api.client.make_url("/"))
    await page.context.add_cookies([{"name": "ringback", "value": cookie, "url": address}])
    await page.goto(f"{address}api/docs")
    await page.get_by_text("Find contacts, newest first").click()
    find = page.locator("#get_contacts")
    await find.get_by_label("handle").fill("070-174 06 12")
    await find.get_by_role("button", name="Send").click()
    await expect(find.locator("pre")).to_contain_text('"name": "Karin"')
    await page.get_by_text("Write a note about a contact").click()
    note = page.locator("#post_contacts_id_notes")
    await note.get_by_label("id path").fill("1")
    await note.get_by_label("Body").fill('{"text": "Rang back"}')
    await note.get_by_role("button", name="Send").click()
    await expect(note.locator("pre")).to_contain_text('"summary": "Rang back"')
    assert faults == []
