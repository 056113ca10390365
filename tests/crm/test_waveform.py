"""What is measured of a recording: how long, how loud when; of what is no WAV its kind alone."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

import pytest

from crm.waveform import POINTS, UNKNOWN, measure

RATE = 8_000


def tone(file: Path, *loudness: float, seconds: float = 1.0, channels: int = 1) -> Path:
    """Write a WAV that is so loud (0 to 1) in one part after the other."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for loud in loudness:
            samples = [round(32_767 * loud * math.sin(at / 3)) for at in range(round(RATE * seconds))]
            out.writeframes(array("h", [each for each in samples for _ in range(channels)]).tobytes())
    return file


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_and_speech_are_seen_where_they_are(tmp_path: Path, channels: int) -> None:
    sound = measure(tone(tmp_path / "a.wav", 0, 1, 0.5, channels=channels))
    third = len(sound.peaks) // 3
    assert (sound.type, sound.seconds, len(sound.peaks)) == ("audio/wav", 3.0, POINTS)
    assert max(sound.peaks[: third - 1]) == 0
    assert min(sound.peaks[third + 1 : 2 * third - 1]) > 90
    assert all(45 <= peak <= 51 for peak in sound.peaks[2 * third + 1 :])


def test_a_file_that_was_cut_off_is_measured_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = tone(tmp_path / "a.wav", 0.5).read_bytes()
    (tmp_path / "b.wav").write_bytes(whole[: len(whole) // 2])
    assert measure(tmp_path / "b.wav").type == "audio/wav"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", UNKNOWN), (b"RIFF", UNKNOWN), (b"RIFF\0\0\0\0WAVEjunk", UNKNOWN), (b"OggS" + b"\0" * 40, "audio/ogg"),
     (b"ID3\x03rest", "audio/mpeg"), (b"\xff\xfb\x90", "audio/mpeg"), (b"<script>", UNKNOWN)],
)  # fmt: skip
def test_what_is_no_wav_is_known_by_its_first_bytes(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "x").write_bytes(content)
    sound = measure(tmp_path / "x")
    assert (sound.type, sound.size, sound.seconds, sound.peaks) == (kind, len(content), None, ())
