"""Letters that are signed verify by what is published, and no longer once somebody changed them."""

from __future__ import annotations

from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.mail.dkim import published
from hub.connector import Unavailable
from hub.letters import Address, Enclosure
from tests.connectors.mail.mailing import Told, batch, copy
from tests.connectors.mail.writing import letter, mailbox
from tests.servers.sink import Sink, sink

FILE = Enclosure(name="Ritning över köket.pdf", type="application/pdf", blob="", size=4, content=b"%PDF")
LETTERS = {
    "short": letter(),
    "empty": letter(text="", subject=""),
    "blank-lines": letter(text="One  two \t \n\n\n"),
    "everything": letter(
        "anna@berg.se", "bo@ek.se", subject="Fönstren är klara " * 9, text="Hej på dig\n" * 90, html="<p>Hej",
        files=(FILE,), in_reply_to="a@b", references=("x@y", "a@b"), sender=Address("Åsa Öberg", ""), automatic=True,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a file with a key of each kind."""
    made = {"rsa": generate_private_key(65537, 2048), "ed25519": Ed25519PrivateKey.generate()}
    folder = tmp_path_factory.mktemp("keys")
    for kind, key in made.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / kind).write_bytes(pem)
    return {kind: folder / kind for kind in made}


async def sent(key: Path, which: str) -> bytes:
    """Send a letter that is signed, and give it as it arrived."""
    async with sink() as got, mailbox(got.port, dkim_selector="ringback", dkim_key_file=str(key)) as office:
        await office.send(LETTERS[which])
        return content_of(got)


def content_of(got: Sink) -> bytes:
    """Give the letter, its dots as they were before it went."""
    return got.letters[0].content.replace(b"\r\n..", b"\r\n.")


def verifies(content: bytes, key: Path) -> bool:
    """Ask a program of others."""
    asked = []

    def record(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        asked.append(name)
        return published(key.read_bytes()).encode()

    verified: bool = dkim.verify(content, dnsfunc=record)
    assert asked == [b"ringback._domainkey.klarruta.example."]
    return verified


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("which", list(LETTERS))
async def test_a_signed_letter_verifies(keys: dict[str, Path], kind: str, which: str) -> None:
    assert verifies(await sent(keys[kind], which), keys[kind])


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"They are ready", b"They are lost"), (b"Your windows", b"Your doors"), (b"From: ", b"From: b@b.se\r\nFrom: ")],
    ids=["text", "subject", "second-from"],
)  # fmt: skip
async def test_a_changed_letter_does_not(keys: dict[str, Path], before: bytes, after: bytes) -> None:
    content = await sent(keys["rsa"], "short")
    assert not verifies(content.replace(before, after, 1), keys["rsa"])


async def test_a_key_that_cannot_be_used_keeps_the_letter_waiting(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    for file in ("key", "nothing"):
        async with mailbox(1, dkim_selector="ringback", dkim_key_file=str(tmp_path / file)) as office:
            with pytest.raises(Unavailable, match="cannot be used"):
                await office.send(letter())


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_copies_of_a_campaign_verify_with_how_to_leave_in_the_signature(
    keys: dict[str, Path], kind: str
) -> None:
    key = keys[kind]
    async with (
        sink() as got, mailbox(got.port, dkim_selector="ringback", dkim_key_file=str(key)) as office,
    ):  # fmt: skip
        await office.send_many(batch([copy(1, name="Åsa Öberg"), copy(2)]), Told())
        assert len(got.letters) == 2
        for taken in got.letters:
            assert verifies(taken.content, key)
            for field in (
                b"List-Unsubscribe",
                b"List-Unsubscribe-Post",
                b"List-Id",
                b"Feedback-ID",
                b"Subject",
            ):
                assert field + b":" in taken.content
                assert not verifies(taken.content.replace(field + b":", field + b": changed", 1), key)
