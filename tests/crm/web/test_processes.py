"""Processes in the console: made, drawn, checked, published, taken in and given out."""

from __future__ import annotations

from html import unescape

import pytest

from crm import processes
from crm.processes import Process
from tests.crm.drawing import drawn, end, flow, gateway, stage, start, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.sale import WINDOWS
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.workflow import Workflow

SALE = drawn(start(), user("a", "Call"), gateway("g"), user("b", "Measure"), end(), way("s a g b e"))
BROKEN = SALE.replace(flow("b", "e"), "")

Work = tuple[Workflow, Consoles]


@pytest.fixture
async def work(firm: Klarruta, consoles: Consoles) -> Work:
    """Give the company's processes and its consoles."""
    return Workflow(firm), consoles


async def was(consoles: Consoles, process: int) -> str:
    """Give the mark of the draft that somebody sees."""
    page = (await consoles.get("Maria", f"/processes/{process}")).html
    return page.partition('data-was="')[2].partition('"')[0]


async def test_with_none_yet_it_says_how_to_begin(work: Work) -> None:
    _flow, consoles = work
    shown = await consoles.get("Maria", "/processes")
    assert "No process yet" in shown.words
    assert 'value="windows.bpmn"' in shown.html


async def test_one_is_made_of_what_came_with_ringback_and_published(work: Work) -> None:
    flow_, consoles = work
    made = await consoles.send("Maria", "/processes", shipped="windows.bpmn", name="Our sale")
    assert (made.status, made.location) == (303, "/processes/1")
    page = await consoles.get("Maria", "/processes/1")
    assert "Call the buyer" in page.words
    assert "there is no department “Installation”" in page.words
    raw = await consoles.get("Maria", "/processes/1/draft")
    assert raw.html == WINDOWS.read_text()
    told = await consoles.press("Maria", "/processes/1/publication")
    assert (told.status, "Not published" in told.words) == (409, True)
    assert await flow_.versions(1) == []


async def test_an_empty_one_says_what_is_missing(work: Work) -> None:
    _flow, consoles = work
    await consoles.send("Maria", "/processes", name="Repairs")
    page = await consoles.get("Maria", "/processes/1")
    assert "Repairs has no end" in page.words
    assert "No way leads out of start" in page.words
    nothing = await consoles.press("Maria", "/processes", name="  ")
    assert (nothing.status, "Say what the process is called" in nothing.words) == (409, True)
    twice = await consoles.press("Maria", "/processes", name="Repairs")
    assert (twice.status, "of this name already" in twice.words) == (409, True)


async def test_a_file_becomes_one_and_what_is_no_diagram_is_refused(work: Work) -> None:
    _flow, consoles = work
    made = await consoles.upload("Maria", "/processes", "sale.bpmn", SALE.encode())
    assert "New process: P" in made.words
    for content in (b"<html/>", b"\xff\xfe", b"<!DOCTYPE x><x/>", b"x" * 1_000_001):
        assert (await consoles.upload("Maria", "/processes", "x.bpmn", content)).status == 409
    assert "New process" in (await consoles.get("Maria", "/processes")).words


async def test_a_draft_is_kept_checked_and_published(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(BROKEN)
    page = await consoles.get("Maria", f"/processes/{process}")
    assert "No way leads out of Measure" in page.words
    kept = await consoles.press(
        "Maria", f"/processes/{process}/draft", diagram=SALE, was=await was(consoles, process)
    )
    assert (kept.status, "was" in kept.html) == (200, True)
    shown = await consoles.part("Maria", f"/processes/{process}/drawn")
    assert "Nothing: it can be published." in shown.words
    told = await consoles.press("Maria", f"/processes/{process}/publication")
    assert "Published: Sale, version 1" in told.words
    listed = await consoles.get("Maria", "/processes")
    assert ("Version 1" in listed.words, "The draft is another" in listed.words) == (True, False)
    await consoles.press("Maria", f"/processes/{process}/draft", diagram=BROKEN)
    assert "The draft is another" in (await consoles.get("Maria", "/processes")).words
    assert (await consoles.get("Maria", f"/processes/{process}/versions/1")).html == SALE
    assert (await consoles.get("Maria", f"/processes/{process}/versions/2")).status == 404


async def test_of_two_who_draw_at_once_the_second_is_told(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(SALE)
    seen = await was(consoles, process)
    assert (
        await consoles.press("Maria", f"/processes/{process}/draft", diagram=BROKEN, was=seen)
    ).status == 200
    late = await consoles.press("Maria", f"/processes/{process}/draft", diagram=SALE, was=seen)
    assert late.status == 409
    assert "Maria Berg was faster" in late.words
    assert (await consoles.get("Maria", f"/processes/{process}/draft")).html == BROKEN


async def test_what_is_published_is_the_draft_that_was_seen(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(SALE)
    seen = await was(consoles, process)
    await consoles.press("Maria", f"/processes/{process}/draft", diagram=SALE.replace("Call", "Ring"))
    late = await consoles.press("Maria", f"/processes/{process}/publication", was=seen)
    assert (late.status, "Maria Berg was faster" in late.words) == (409, True)
    assert await flow_.versions(process) == []


async def test_a_file_takes_the_place_of_the_draft(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(SALE)
    assert (
        "The file is the draft now"
        in (await consoles.upload("Maria", f"/processes/{process}/file", "b.bpmn", BROKEN.encode())).words
    )
    assert (await consoles.get("Maria", f"/processes/{process}/draft")).html == BROKEN


async def test_a_file_never_takes_the_place_of_a_colleagues_newer_draft_unasked(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(SALE)
    here, file = f"/processes/{process}", SALE.replace("Call", "Ring &lt;b&gt;")
    seen = await was(consoles, process)
    elin = await flow_.firm.who("Elin")
    await flow_.firm.do(
        lambda session: processes.draw(session, elin, session.get_one(Process, process), BROKEN.encode())
    )
    asked = await consoles.upload("Maria", f"{here}/file", "b.bpmn", file.encode(), was=seen)
    assert (asked.status, "Elin Sandgren drew it" in asked.words, "Keep the newer draft" in asked.words) == (
        409,
        True,
        True,
    )
    assert (await consoles.get("Maria", f"{here}/draft")).html == BROKEN
    mark = asked.html.partition('name="was" value="')[2].partition('"')[0]
    kept = unescape(asked.html.partition('name="diagram" hidden>')[2].partition("</textarea>")[0])
    assert kept == file
    done = await consoles.send("Maria", f"{here}/file", diagram=kept, was=mark)
    assert done.status == 303
    assert (await consoles.get("Maria", f"{here}/draft")).html == file


async def test_who_drew_himself_since_is_not_asked(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.drawn(SALE)
    seen = await was(consoles, process)
    await consoles.press("Maria", f"/processes/{process}/draft", diagram=BROKEN, was=seen)
    told = await consoles.upload("Maria", f"/processes/{process}/file", "b.bpmn", SALE.encode(), was=seen)
    assert "The file is the draft now" in told.words


async def test_a_retired_one_begins_no_more_and_comes_back(work: Work) -> None:
    flow_, consoles = work
    process = await flow_.published(SALE)
    assert "Retired: Sale" in (await consoles.press("Maria", f"/processes/{process}/retirement")).words
    assert "1 retired" in (await consoles.get("Maria", "/processes")).words
    assert "Back: Sale" in (await consoles.press("Maria", f"/processes/{process}/retirement", "DELETE")).words


async def test_the_editor_knows_the_company_and_every_deed(work: Work) -> None:
    flow_, consoles = work
    page = (await consoles.get("Maria", f"/processes/{await flow_.drawn(SALE)}")).html
    for part in (
        "department:Sales",
        "user:elin@klarruta.example",
        "payment received",
        "New request",
        "ServiceTask",
        '"tag": "note"',
    ):
        assert part in page


@pytest.mark.parametrize("path", ["/processes", "/processes/1", "/processes/1/draft", "/processes/1/drawn"])
async def test_only_managers_and_admins_draw(work: Work, path: str) -> None:
    flow_, consoles = work
    await flow_.drawn(SALE)
    assert (await consoles.get("Elin", path)).status == 403
    assert (await consoles.press("Elin", "/processes/1/draft", diagram=BROKEN)).status == 403


async def test_a_file_is_given_so_that_no_browser_runs_it(work: Work) -> None:
    flow_, consoles = work
    path = f"/processes/{await flow_.drawn(SALE, 'Såld “nu”/../x')}/draft"
    assert await consoles.header("Maria", path, "Content-Security-Policy") == "default-src 'none'; sandbox"
    assert "attachment" in await consoles.header("Maria", path, "Content-Disposition")
    assert "/" not in (await consoles.header("Maria", path, "Content-Disposition")).partition("''")[2]


async def test_what_another_program_left_in_a_file_is_named_and_keeps_nobody_from_publishing(
    work: Work,
) -> None:
    _flow, consoles = work
    foreign = SALE.replace('id="a" name=', 'id="a" camunda:formKey="ask.html" name=')
    await consoles.upload("Maria", "/processes", "sale.bpmn", foreign.encode())
    page = await consoles.get("Maria", "/processes/1")
    assert "1 thing of another program does nothing here" in page.words
    assert "camunda:formKey: this does nothing here" in page.words
    assert "Published" in (await consoles.press("Maria", "/processes/1/publication")).words
    assert (await consoles.get("Maria", "/processes/1/versions/1")).html == foreign


async def test_whoever_calls_a_stage_otherwise_hears_which_processes_stop_there(work: Work) -> None:
    flow_, consoles = work
    room = Salesroom(flow_.firm)
    await room.open()
    await flow_.published(drawn(start(), stage("m", "Measured"), end(), way("s m e")))
    measured, quoted = [f"/stages/{(await room.stage(name)).id}" for name in ("Measured", "Quoted")]
    said = {"probability": "40", "ends": "", "stale_days": "0"}
    same = await consoles.press("Maria", measured, name="Measured", **said)
    assert ("Saved: Measured" in same.words, "still name" in same.words) == (True, False)
    assert "still name" not in (await consoles.press("Maria", quoted, name="Offered", **said)).words
    told = await consoles.press("Maria", measured, name="Sized up", **said)
    assert "Saved: Sized up. Processes still name what there is not any more" in told.words
    assert "“Sale”: there is no stage “Measured”" in told.words
    await consoles.press("Maria", measured, name="Measured", **said)
    assert (
        "“Sale”: there is no stage “Measured”"
        in (await consoles.press("Maria", f"{measured}/retirement")).words
    )


async def test_a_stage_asks_for_what_a_process_finds_out(work: Work) -> None:
    flow_, consoles = work
    room = Salesroom(flow_.firm)
    await room.open()
    form = (
        '<ringback:answer name="windows" label="How many windows" kind="whole" least="1"/>'
        '<ringback:answer name="frame" label="Frame" choices="wood;plastic"/>'
        '<ringback:answer name="value" label="Worth"/>'
    )
    await flow_.published(drawn(start(), user("a", "Call", form), end(), way("s a e")))
    measured, said = (
        await room.stage("Measured"),
        {"name": "Measured", "probability": "40", "ends": "", "stale_days": "0"},
    )
    offered = (await consoles.get("Maria", "/pipelines")).html
    assert ('value="deal:windows"' in offered, 'value="deal:value"' in offered) == (True, False)
    await consoles.press("Maria", f"/stages/{measured.id}", **said, required=["deal:windows", "deal:frame"])
    assert "asks for: How many windows, Frame" in (await consoles.get("Maria", "/pipelines")).words
    deal_id = await room.deal()
    moves = f"/deals/{deal_id}/moves"
    asked = await consoles.press("Elin", moves, stage=str(measured.id))
    assert ("How many windows" in asked.words, '<option value="wood"' in asked.html) == (True, True)
    typed = {"stage": str(measured.id), "asked": "on", "fill.deal:frame": "wood"}
    wrong = await consoles.press("Elin", moves, **typed, **{"fill.deal:windows": "seven"})
    assert (wrong.status, "“How many windows” must be a number." in wrong.words) == (422, True)
    await consoles.press("Elin", moves, **typed, **{"fill.deal:windows": "7"})
    deal = await room.now(deal_id)
    assert (deal.stage_id, deal.fields) == (measured.id, {"windows": 7, "frame": "wood"})
    await consoles.press("Maria", f"/stages/{measured.id}", **said)
    assert (await room.stage("Measured")).required == []
