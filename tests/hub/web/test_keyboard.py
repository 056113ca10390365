"""The sheet of keys says what is true: every key that a page or a script knows, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from hub.users import Viewer
from hub.web.keyboard import KEYS
from hub.web.palette import rooms

ROOT = Path(__file__).parents[3]
TEMPLATES = "".join(path.read_text() for path in ROOT.glob("*/web/templates/*.html"))
TEMPLATES += (ROOT / "hub/web/parts.py").read_text()
SCRIPTS = "".join(path.read_text() for path in ROOT.glob("hub/web/assets/js/*.js"))


def test_every_key_on_a_page_stands_on_the_sheet_and_the_other_way_round() -> None:
    said = re.findall(r'data-key="([a-z])"|\[?\("([a-z])", "\w+", "', TEMPLATES)
    pressed = {one or other for one, other in said} | set(re.findall(r'key === "([a-z?/])"', SCRIPTS))
    listed = {
        keys[0] for section in KEYS.values() for keys in section if len(keys) == 1 and len(keys[0]) == 1
    }
    assert pressed == listed


def test_no_key_is_said_twice() -> None:
    every = [keys for section in KEYS.values() for keys in section]
    assert len(every) == len(set(every))


def test_the_palette_leads_to_rooms_that_are_open_to_this_person_and_no_others() -> None:
    agent, admin = Viewer(1, "agent", None, "Elin"), Viewer(2, "admin", None, "Annika")
    assert [found.href for found in rooms(None, admin, "jour")] == ["/journal"]  # type: ignore[arg-type]
    assert rooms(None, agent, "jour") == []  # type: ignore[arg-type]
