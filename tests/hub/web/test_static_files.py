"""Built files: for ever with a hash in their name, packed when there is a packed twin, and nothing else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hub.web import environment, static_files
from hub.web.frame import Company
from tests.hub.web.conftest import Visitor


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build two files."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "console-0123456789.css").write_text("body{}")
    (folder / "console-0123456789.css.gz").write_bytes(gzip.compress(b"body{}"))
    (folder / "forms.js").write_text("1")
    (folder / "manifest.json").write_text('{"console.css": "console-0123456789.css"}')
    monkeypatch.setattr(static_files, "STATIC", folder)
    monkeypatch.setattr(environment, "STATIC", folder)
    return folder


async def test_a_hashed_file_is_kept_for_ever_and_sent_packed(visitor: Visitor) -> None:
    answer = await visitor.get("/static/console-0123456789.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert (answer.content_type, await answer.text()) == ("text/css", "body{}")


async def test_another_is_asked_for_again(visitor: Visitor) -> None:
    answer = await visitor.get("/static/forms.js")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, no-cache")


@pytest.mark.parametrize("name", ["nothing.css", "..%2fkeys.py", ".hidden", "%00", "a" * 5000])
async def test_nothing_else_is_there(visitor: Visitor, name: str) -> None:
    assert (await visitor.get(f"/static/{name}")).status in {400, 404}


def test_templates_name_the_built_file_or_the_plain_one(built: Path) -> None:
    env = environment.environment([], Company)
    assert env.from_string("{{ asset('console.css') }}").render() == "/static/console-0123456789.css"
    assert env.from_string("{{ asset('api.js') }}").render() == "/static/api.js"
    (built / "manifest.json").unlink()
    assert (
        environment.environment([], Company).from_string("{{ asset('console.css') }}").render()
        == "/static/console.css"
    )
