"""A process from an empty sheet to a run: drawn by mouse and keys, its faults marked, published, and walked through."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.journeys.people import Join, Open, fill_in
from tests.journeys.pictures import faults, picture
from tests.servers.ringback import Hub

BEGIN = """async () => (await fetch("/api/v1/runs", {method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({process: 1, contact: 1})})).status"""


async def test_a_process_is_drawn_checked_published_and_run(
    window: Open, join: Join, hub: Hub, form: str
) -> None:
    await fill_in(await window(form), "Karin Ekdahl")
    maria = await join("Maria Berg", "manager", "Sales")
    await maria.goto("/processes")
    await maria.get_by_label("Name", exact=False).first.fill("Repairs")
    await maria.get_by_role("button", name="Make it").click()
    await maria.get_by_role("link", name="Draw it").click()
    await expect(maria.locator("#drawing[data-ready]")).to_be_visible()
    await expect(maria.locator(".bjs-powered-by")).to_be_visible()

    await draw_a_task(maria)
    wrong = maria.locator("[data-faults]")
    await expect(wrong).to_contain_text("No way leads out of Call the customer")
    marked = maria.locator(".djs-shape.is-fault")
    await expect(marked).to_have_count(1)
    assert await faults(maria) == []
    await picture(maria, "a-process-with-faults")

    await maria.get_by_role("button", name="No way leads out").click()
    await maria.get_by_role("button", name="End", exact=True).focus()
    await maria.keyboard.press("Enter")
    await maria.keyboard.press("Control+s")
    await expect(maria.get_by_text("Nothing: it can be published.")).to_be_visible()
    await expect(marked).to_have_count(0)
    await maria.get_by_role("button", name="Publish the draft").click()
    await expect(maria.get_by_text("Published: Repairs, version 1")).to_be_visible()
    await picture(maria, "a-process")

    assert await maria.evaluate(BEGIN) == 201
    await maria.goto("/runs/1")
    await expect(maria.locator(".djs-shape.is-waiting")).to_have_count(1)
    await expect(maria.locator(".djs-shape.is-done")).to_have_count(1)
    assert await faults(maria) == []
    await picture(maria, "a-run")
    await answer_the_task(maria, hub)
    for path, name in (
        ("/processes", "processes"),
        ("/runs?which=ended", "runs"),
        ("/stages/1/robot", "a-robot"),
    ):
        await maria.goto(path)
        assert await faults(maria) == []
        await picture(maria, name)


async def draw_a_task(maria: Page) -> None:
    """Have a task stand behind the start, with a name and a form, by keys; and save."""
    steps = maria.locator("[data-steps]")
    await steps.get_by_role("button", name="Start").focus()
    await maria.keyboard.press("Enter")
    await maria.get_by_role("toolbar").get_by_role("button", name="Task", exact=True).focus()
    await maria.keyboard.press("Enter")
    piece = maria.locator("[data-piece]")
    await piece.get_by_label("Name", exact=True).fill("Call the customer")
    await piece.get_by_label("Within", exact=True).fill("15 min")
    await piece.get_by_role("button", name="Ask for one more thing").click()
    await piece.get_by_label("What is asked").fill("How many windows")
    await piece.get_by_label("Kind", exact=True).select_option("whole")
    await piece.get_by_label("It must be answered").check()
    visit = piece.get_by_role("group", name="At the customer's")
    await visit.get_by_label("Visit, in minutes").fill("an hour")
    await expect(maria.get_by_text("Not saved yet")).to_be_visible()
    await maria.get_by_role("button", name="Save and check").click()
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()
    await expect(steps).to_contain_text("Call the customer")
    await expect(piece.get_by_label("Within", exact=True)).to_have_value("15 min")
    await expect(piece.get_by_label("What is asked")).to_have_value("How many windows")
    await expect(maria.locator("[data-faults]")).to_contain_text("“an hour” is no length of a visit")
    await visit.get_by_label("Visit, in minutes").fill("60")
    await visit.get_by_label("Its time").fill("answer_1")
    await maria.keyboard.press("Control+s")
    await expect(maria.locator("[data-faults]")).not_to_contain_text("length of a visit")
    await visit.get_by_label("Visit, in minutes").fill("")
    await visit.get_by_label("Its time").fill("")
    await maria.keyboard.press("Control+s")
    await expect(maria.get_by_text("Not saved yet")).to_be_hidden()


async def answer_the_task(maria: Page, hub: Hub) -> None:
    """Say that the step is done: what is wrong stands at its field, and the run ends before the eyes of who looks."""
    other = await maria.context.new_page()
    await other.goto(f"{hub.address}/tasks/2")
    await other.get_by_role("link", name="Done: Call the customer").click()
    dialog = other.get_by_role("dialog", name="Call the customer")
    await dialog.get_by_role("button", name="Done").click()
    await expect(dialog.get_by_text("“How many windows” is needed.")).to_be_visible()
    await picture(other, "the-form-of-a-step")
    await dialog.get_by_label("How many windows").fill("4")
    await dialog.get_by_role("button", name="Done").click()
    await expect(dialog).to_be_hidden()
    await expect(maria.locator("#run")).to_contain_text("How many windows")
    await expect(maria.locator(".djs-shape.is-done")).to_have_count(3)
    await other.close()
