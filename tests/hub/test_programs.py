"""A program of the admin's is run with bounds, and what goes wrong with it is told in words."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from hub.programs import MOST_BYTES, ProgramError, run


async def test_a_program_is_given_the_file_and_what_it_writes_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("sound")
    script = "import sys; print('[0:03]', open(sys.argv[1]).read())"
    assert await run([sys.executable, "-c", script, "{file}"], tmp_path / "a.wav", 20) == "[0:03] sound\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/no/such/program"], "cannot be started: No such file or directory"),
        ([sys.executable, "-c", "import sys; sys.exit('no model')"], "ended with 1: no model"),
    ],
)
async def test_a_program_that_fails_is_told_in_words(command: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match=words):
        await run(command, tmp_path, 20)


async def test_a_program_that_never_ends_is_ended(tmp_path: Path) -> None:
    script = "import time; print('x', flush=True); time.sleep(600)"
    with pytest.raises(ProgramError, match="took longer than"):
        await run([sys.executable, "-c", script], tmp_path, 0.3)


async def test_a_program_that_writes_without_end_costs_no_memory(tmp_path: Path) -> None:
    script = f"import sys\nfor _ in range(64): sys.stdout.write('x' * {MOST_BYTES // 16} + '\\n')"
    async with asyncio.timeout(60):
        text = await run([sys.executable, "-c", script], tmp_path, 50)
    assert len(text) == MOST_BYTES
