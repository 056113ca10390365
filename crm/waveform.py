"""What is heard in a recording, measured from its file: what kind of sound, how long, and how loud over the time.

A WAV of linear samples is measured to its end, in pieces, so that an hour costs no memory. Of other kinds of sound the
kind alone is known, by their first bytes.
"""

from __future__ import annotations

import wave
from array import array
from pathlib import Path

import msgspec

POINTS = 300
EVERY = 4  # of so many samples one is looked at: enough to see who spoke when
LOUDEST = 32_768
SAMPLE = 2  # bytes
UNKNOWN = "application/octet-stream"
# The first bytes of what browsers play.
KINDS = (
    (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"), (b"\x1aE\xdf\xa3", "audio/webm"),
)  # fmt: skip


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """A recording: bytes, media type, seconds where they are known, and how loud it is from 0 to 100, in order."""

    size: int
    type: str
    seconds: float | None = None
    peaks: tuple[int, ...] = ()


def measure(file: Path) -> Sound:
    """Measure a file, whatever it is. Takes a while for a long one: not in the loop's own thread."""
    size = file.stat().st_size
    try:
        with wave.open(str(file)) as sound:
            if sound.getsampwidth() == SAMPLE:
                return _measured(sound, size)
    except (wave.Error, EOFError):
        pass
    return Sound(size=size, type=_kind(file))


def _measured(sound: wave.Wave_read, size: int) -> Sound:
    """Go through it in as many pieces as there are points."""
    frames, rate = sound.getnframes(), max(sound.getframerate(), 1)
    piece = max(-(-frames // POINTS), 1)
    peaks = []
    while raw := sound.readframes(piece):
        samples = array("h", raw[: len(raw) - len(raw) % SAMPLE])[::EVERY]
        loudest = max(max(samples, default=0), -min(samples, default=0))
        peaks.append(round(100 * loudest / LOUDEST))
    return Sound(size=size, type="audio/wav", seconds=frames / rate, peaks=tuple(peaks[:POINTS]))


def _kind(file: Path) -> str:
    with file.open("rb") as opened:
        begins = opened.read(4)
    return next((kind for mark, kind in KINDS if begins.startswith(mark)), UNKNOWN)
