"""Recordings come from a folder or from a web server, and nothing that is no recording ever does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

from connectors.asterisk.shelf import Shelf
from hub.connector import AuthFailed, Refused, Unavailable

MONITOR = "/var/spool/asterisk/monitor"
LONG_AGO = time.time() - 60


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Give the folder that both see, with a recording in it, and something beside it that is none."""
    (tmp_path / "secret").write_text("a secret")
    folder = tmp_path / "monitor"
    (folder / "2026-11-25").mkdir(parents=True)
    recording = folder / "2026-11-25" / "1764.7.wav"
    recording.write_bytes(b"RIFF sound")
    os.utime(recording, (LONG_AGO, LONG_AGO))
    return folder


@pytest.mark.parametrize("name", [f"{MONITOR}/2026-11-25/1764.7.wav", "2026-11-25/1764.7.wav"])
async def test_it_keeps_its_way_below_the_folder_of_the_pbx(spool: Path, name: str, tmp_path: Path) -> None:
    inside = MONITOR if name.startswith("/") else "."
    await Shelf(str(spool), inside).bring(name, tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == b"RIFF sound"


async def test_of_another_folder_the_last_part_is_looked_for(spool: Path, tmp_path: Path) -> None:
    (spool / "1764.8.wav").write_bytes(b"RIFF other")
    os.utime(spool / "1764.8.wav", (LONG_AGO, LONG_AGO))
    await Shelf(str(spool), MONITOR).bring("/mnt/elsewhere/1764.8.wav", tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == b"RIFF other"


@pytest.mark.parametrize(
    "name", ["", "/", "..", f"{MONITOR}/../../secret", f"{MONITOR}/a\0b", f"{MONITOR}/link"]
)
async def test_a_name_that_leads_elsewhere_is_refused(spool: Path, name: str, tmp_path: Path) -> None:
    (spool / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused):
        await Shelf(str(spool), MONITOR).bring(name, tmp_path / "here")
    assert not (tmp_path / "here").exists()


async def test_what_is_not_there_or_still_written_may_come_later(spool: Path, tmp_path: Path) -> None:
    shelf, here = Shelf(str(spool), MONITOR), tmp_path / "here"
    with pytest.raises(Unavailable, match="not in the folder"):
        await shelf.bring(f"{MONITOR}/later.wav", here)
    (spool / "later.wav").write_bytes(b"RIFF")
    with pytest.raises(Unavailable, match="still being written"):
        await shelf.bring(f"{MONITOR}/later.wav", here)
    with pytest.raises(Unavailable, match="folder with the recordings is not there"):
        await Shelf(str(tmp_path / "unmounted"), MONITOR).bring(f"{MONITOR}/later.wav", here)
    with pytest.raises(Refused, match="not set up"):
        await Shelf("", MONITOR).bring(f"{MONITOR}/later.wav", here)


async def test_it_comes_from_a_web_server_that_asks_who_we_are(spool: Path, tmp_path: Path) -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != encode_basic_auth("hub", "s3cret"):
            return web.Response(status=401)
        file = spool / request.match_info["way"]
        return web.FileResponse(file) if file.is_file() else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/rec/{way:.+}", give)
    async with TestServer(app) as server:
        address, here = str(server.make_url("/rec/")), tmp_path / "here"
        await Shelf(address, MONITOR, "hub", "s3cret").bring(f"{MONITOR}/2026-11-25/1764.7.wav", here)
        assert here.read_bytes() == b"RIFF sound"
        with pytest.raises(AuthFailed, match="does not let us in"):
            await Shelf(address, MONITOR, "hub", "wrong").bring(f"{MONITOR}/2026-11-25/1764.7.wav", here)
        with pytest.raises(Unavailable, match="not on the web server"):
            await Shelf(address, MONITOR, "hub", "s3cret").bring(f"{MONITOR}/none.wav", here)
    with pytest.raises(Unavailable, match="web server with the recordings"):
        await Shelf(address, MONITOR, "hub", "s3cret").bring(f"{MONITOR}/none.wav", here)
