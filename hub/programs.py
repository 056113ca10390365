"""Programs of the admin's that do a piece of work on a file, such as writing down what is said in a recording.

What they write is read as far as it is bounded, and they are ended when they take too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hub.said import said

MOST_BYTES = 2_000_000
LONGEST = 2_000
PIECE = 65_536


class ProgramError(Exception):
    """It did not do it, in words for a person."""


async def run(command: Sequence[str], file: Path, seconds: float) -> str:
    """Run a program and give what it writes; `{file}` in its arguments is the file. ProgramError where it fails."""
    words = [part.replace("{file}", str(file)) for part in command]
    program = await _start(words)
    try:
        told, complaint = await asyncio.wait_for(_outcome(program), seconds)
    except TimeoutError:
        raise ProgramError(
            said("%(program)s took longer than %(seconds)s s", program=words[0], seconds=round(seconds))
        ) from None
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    if program.returncode:
        last = (complaint.decode(errors="replace").strip().splitlines() or [""])[-1][:LONGEST]
        raise ProgramError(
            said(
                "%(program)s ended with %(code)s: %(why)s",
                program=words[0],
                code=program.returncode,
                why=last,
            )
        )
    return told.decode(errors="replace")


async def _start(words: Sequence[str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise ProgramError(
            said("%(program)s cannot be started: %(why)s", program=words[0], why=error.strerror or str(error))
        ) from None


async def _outcome(program: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    """Read what it writes, as far as that is kept, and wait for its end."""
    streams = cast("tuple[asyncio.StreamReader, asyncio.StreamReader]", (program.stdout, program.stderr))
    told, complaint = await asyncio.gather(*map(_beginning, streams))
    await program.wait()
    return told, complaint


async def _beginning(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while piece := await stream.read(PIECE):
        kept += piece[: MOST_BYTES - len(kept)]
    return kept
