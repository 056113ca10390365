"""A campaign is written on its page, by mouse and by keys, and looked at as telephones and the dark show it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from playwright.async_api import Page, expect

from tests.crm.web.test_campaigns import png
from tests.journeys.people import Join
from tests.journeys.pictures import SHOTS, faults, picture
from tests.servers.ringback import Hub

WIDTHS = (1440, 768, 390)
SHOWN = """async () => {
  const button = document.querySelector("[data-letter-again]"), body = new URLSearchParams(new FormData(button.form))
  return await (await fetch(button.formAction, { method: "POST", body })).text() }"""


async def test_a_campaign_is_written_and_looked_at(join: Join, hub: Hub, tmp_path: Path) -> None:
    maria = await join("Maria Berg", "manager")
    await maria.goto(f"{hub.address}/campaigns")
    assert not (wrong := await faults(maria)), wrong
    await maria.get_by_role("link", name="New campaign").click()
    await maria.get_by_role("textbox", name="Name", exact=True).fill("Quiet before Easter")
    await picture(maria, "campaign-new")
    await maria.get_by_role("radio", name="News").check()
    await maria.get_by_role("button", name="Begin").click()
    await expect(maria.get_by_role("heading", name="Quiet before Easter", level=1)).to_be_visible()

    file = tmp_path / "balcony.png"
    file.write_bytes(png(1200, 500))
    await maria.get_by_label("PNG, JPEG, GIF or WebP").set_input_files(file)
    await maria.get_by_role("button", name="Take it").click()
    await expect(maria.get_by_text("Can be chosen now: balcony.png")).to_be_visible()

    await write(maria)
    letter = maria.frame_locator("iframe[name=letter-preview]")
    await expect(letter.get_by_role("heading", name="Quiet before Easter")).to_be_visible()
    await expect(letter.get_by_text("Hello there,")).to_be_visible()

    blocks = maria.locator("#blocks > [data-order-item]")
    count = await blocks.count()
    await maria.get_by_role("button", name="Divider", exact=True).drag_to(
        blocks.nth(0), target_position={"x": 40, "y": 4}
    )
    await expect(blocks).to_have_count(count + 1)
    await expect(blocks.nth(0)).to_contain_text("Divider 1")
    down = maria.get_by_role("button", name="Down: Divider 1")
    await down.press("Enter")
    await maria.get_by_role("button", name="Up: Divider 2").press("Enter")
    await expect(down).to_be_focused()  # it cannot go further up
    await maria.get_by_role("button", name="Move Divider 1").focus()
    await maria.keyboard.press("Space")
    await maria.keyboard.press("ArrowDown")
    await expect(maria.locator("[data-spoken]")).to_have_text("Divider 1, place 2 of 6")
    await maria.keyboard.press("Space")
    await maria.get_by_role("button", name="Take away: Divider 1").click()
    await expect(blocks).to_have_count(count)
    await picture(maria, "campaign-editor")
    assert not (wrong := await faults(maria)), wrong

    await maria.get_by_role("button", name="Save").first.click()
    await expect(maria.get_by_text("Saved as version 2")).to_be_visible()
    await expect(maria.get_by_label("Subject")).to_have_value("Quiet before Easter")
    await maria.go_back()
    await expect(maria).to_have_url(f"{hub.address}/campaigns/1/content")


async def test_the_letter_is_read_at_three_widths_in_light_and_dark(
    join: Join, hub: Hub, tmp_path: Path
) -> None:
    maria = await join("Maria Berg", "manager")
    file = tmp_path / "balcony.png"
    file.write_bytes(png(1200, 500))
    await maria.goto(f"{hub.address}/campaigns/new")
    await maria.get_by_role("textbox", name="Name", exact=True).fill("Quiet before Easter")
    await maria.get_by_role("radio", name="News").check()
    await maria.get_by_role("button", name="Begin").click()
    await maria.get_by_label("PNG, JPEG, GIF or WebP").set_input_files(file)
    await maria.get_by_role("button", name="Take it").click()
    await write(maria)
    html = await maria.evaluate(SHOWN)
    letter = await maria.context.new_page()
    SHOTS.mkdir(exist_ok=True)
    for width, dark in product(WIDTHS, (False, True)):
        await letter.set_viewport_size({"width": width, "height": 900})
        await letter.set_content(html.replace("@media print", "@media all") if dark else html)
        await letter.screenshot(
            path=SHOTS / f"letter-{width}-{'dark' if dark else 'light'}.jpg", type="jpeg", full_page=True
        )
        assert not await letter.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        ground = await letter.evaluate("getComputedStyle(document.querySelector('.paper')).backgroundColor")
        ink = await letter.evaluate("getComputedStyle(document.querySelector('.words h1')).color")
        assert (light(ground) > light(ink)) is not dark
        beside = await letter.evaluate("""() => { const [a, b] = [...document.querySelectorAll("h3")].map(
            each => each.getBoundingClientRect().top); return a === b }""")
        assert beside is (width > 480)


async def write(maria: Page) -> None:
    """Write the letter of the journey."""
    await maria.get_by_label("Subject").fill("Quiet before Easter")
    await maria.get_by_label("Preview line").fill("Windows that keep the tram outside")
    first = maria.locator("#blocks > li")
    await first.nth(0).get_by_label("Picture", exact=True).select_option("balcony.png")
    await first.nth(0).get_by_label("What it shows, in words").fill("A balcony over the tram")
    await (
        first.nth(1)
        .get_by_label("Words")
        .fill(
            '# Quiet before Easter\n\nHello {{first_name|"there"}},\n\nthe tram goes by, and you do **not** hear it. '
            "Read [how it was measured](https://klarruta.example/tram).\n\n- 42 dB less\n- one day of work"
        )
    )
    await first.nth(2).get_by_label("Where it leads").fill("https://klarruta.example/quiet")
    for number, words in enumerate(
        ("### For co-ops\n\nAll windows of a house at once.", "### For you\n\nOne room is a start.")
    ):
        column = maria.get_by_role("group", name=f"Column {number + 1}")
        await column.get_by_label("Words", exact=True).fill(words)
        await column.get_by_label("Where it leads").fill(f"https://klarruta.example/{number}")


def light(colour: str) -> int:
    """Give how light a colour is: rgb(1, 2, 3) is 6."""
    return sum(int(each) for each in colour[colour.index("(") + 1 : -1].split(",")[:3])
