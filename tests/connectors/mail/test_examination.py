"""Whoever sets up a mailbox is told whether it works, and what to publish."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.mail import dkim, published
from connectors.mail.published import Records
from hub.examination import Finding
from tests.connectors.mail.desk import Desk
from tests.connectors.mail.writing import mailbox
from tests.eventually import eventually
from tests.servers.dovecot import PASSWORD
from tests.servers.ports import free_port
from tests.servers.postfix import Postfix
from tests.servers.resolver import resolver
from tests.servers.sink import sink

SPF, DMARC = "v=spf1 a:mx.example.org -all", "v=DMARC1; p=quarantine"


async def looked_at(
    desk: Desk,
    port: int,
    texts: dict[str, list[str]] | None = None,
    *,
    send: bool = False,
    **settings: object,
) -> list[Finding]:
    """Look at a user's mailbox that sends through a port, and about which these texts are published."""
    given = {
        "user": desk.user, "password": PASSWORD, "address": f"{desk.user}@example.org", "imap_host": "127.0.0.1",
        "imap_port": desk.server.port, "imap_tls": "none", "sent_folder": "Sent", **settings,
    }  # fmt: skip
    async with mailbox(port, **given) as office, resolver(texts or {}) as names:
        office.records = Records(("127.0.0.1", names))
        return [finding async for finding in office.examine(send=send)]


def of(findings: list[Finding], what: str) -> Finding:
    """Give what was found of one thing."""
    return next(finding for finding in findings if finding.what == what)


class Key(NamedTuple):
    """A file with a key that signs, and what is to be published of it."""

    file: str
    record: str


@pytest.fixture
def key(tmp_path: Path) -> Key:
    """Give one."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key").write_bytes(pem)
    return Key(str(tmp_path / "key"), dkim.published(pem))


async def test_all_that_is_well_is_said(desk: Desk, postfix: Postfix, key: Key) -> None:
    texts = {
        "example.org": ["google-site-verification=1", SPF], "_dmarc.example.org": [DMARC],
        "s1._domainkey.example.org": [key.record],
    }  # fmt: skip
    found = await looked_at(desk, postfix.port, texts, send=True, dkim_selector="s1", dkim_key_file=key.file)
    assert {finding.how for finding in found} == {"good"}
    assert [finding.what for finding in found] == [
        "Reading", "Folder", "Sent letters", "Sending", "A letter", "SPF", "DKIM", "DMARC",
    ]  # fmt: skip
    box = await desk.inbox()
    await eventually(lambda: box.uids_above(0))


async def test_what_is_to_be_published_is_said(desk: Desk, postfix: Postfix, key: Key) -> None:
    found = await looked_at(desk, postfix.port, dkim_selector="s1", dkim_key_file=key.file)
    assert of(found, "SPF").how == of(found, "DKIM").how == of(found, "DMARC").how == "bad"
    assert "v=spf1 a:127.0.0.1 ~all" in of(found, "SPF").words
    assert f"s1._domainkey.example.org, as TXT: {key.record}" in of(found, "DKIM").words
    assert f"v=DMARC1; p=none; rua=mailto:{desk.user}@example.org" in of(found, "DMARC").words


@pytest.mark.parametrize(
    ("texts", "what", "words"),
    [
        ({"example.org": ["v=spf1 +all"]}, "SPF", "lets everybody send"),
        ({"example.org": [SPF, SPF.upper()]}, "SPF", "leave one"),
        ({"s1._domainkey.example.org": ["v=DKIM1; p=QUJD"]}, "DKIM", "another key is published"),
    ],
    ids=["everybody", "two-records", "another-key"],
)
async def test_what_is_published_and_wrong_is_said(
    desk: Desk, postfix: Postfix, key: Key, texts: dict[str, list[str]], what: str, words: str
) -> None:
    found = of(await looked_at(desk, postfix.port, texts, dkim_selector="s1", dkim_key_file=key.file), what)
    assert found.how == "bad"
    assert words in found.words


async def test_what_a_domain_publishes_for_those_below_it_counts(desk: Desk, postfix: Postfix) -> None:
    texts = {"_dmarc.example.org": [DMARC]}
    found = await looked_at(desk, postfix.port, texts, address="office@shop.example.org")
    assert of(found, "DMARC") == Finding("DMARC", "good", f"_dmarc.example.org: {DMARC}")


async def test_where_nobody_can_be_asked_that_is_said(
    desk: Desk, postfix: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "SECONDS", 0.2)
    async with mailbox(postfix.port, sent_folder="", imap_host="127.0.0.1", imap_port=desk.server.port, imap_tls="none",
                       user=desk.user, password=PASSWORD) as office:  # fmt: skip
        office.records = Records(("127.0.0.1", free_port()))
        found = [finding async for finding in office.examine(send=False)]
    assert {of(found, what) for what in ("SPF", "DMARC")} == {
        Finding(what, "unknown", published.CANNOT) for what in ("SPF", "DMARC")
    }


async def test_what_does_not_work_is_said_and_the_rest_looked_at_all_the_same(desk: Desk) -> None:
    async with sink() as got:
        got.says["greeting"] = "554 5.7.1 Not you"
        found = await looked_at(desk, got.port, folders=("INBOX", "Offers"), sent_folder="Sent Items")
        refused = await looked_at(desk, got.port, password="another")  # noqa: S106 - a wrong one
    assert of(found, "Reading").how == "good"
    assert Finding("Folder", "bad", "there is no folder Offers; there are INBOX, Sent") in found
    assert of(found, "Sent letters") == Finding(
        "Sent letters", "bad", "there is no folder Sent Items; the server means Sent"
    )
    assert of(found, "Sending").how == "bad"
    assert "Not you" in of(found, "Sending").words
    assert of(refused, "Reading").how == "bad"
    assert of(refused, "SPF").how == "bad"
