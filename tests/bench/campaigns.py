"""(u): a campaign out of a hub, the truth in its store included, against smtp-source into the same sink.

The same size, the same number of connections, in the same round: without a signature, with Ed25519 and with RSA-2048.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from connectors.mail import bulk_despatch
from crm.campaigns import DONE, Campaign, CampaignContent
from crm.deliveries import SENT
from hub import bulk_post
from hub.app import fill
from hub.settings import default_file
from hub.store import open_store
from tests.bench.surroundings import as_in_the_hub
from tests.crm.mailing_out import add_mailbox, agree, begin, posted, states, write_campaign
from tests.servers.ports import free_port
from tests.servers.postfix import OWNER
from tests.servers.unpacked import unpacked

PEOPLE = 20_000
SIZE = 8_800  # bytes
LOT = 10_000  # who agree at once: what is written before is not to count
CONNECTIONS = bulk_post.LANES * bulk_despatch.LINES
ROUNDS = 3
PATIENCE = 300  # seconds
KINDS = ("plain", "ed25519", "rsa")


class Measured(NamedTuple):
    """Letters a second of smtp-source, and of campaigns as parts of that."""

    source: float
    plain: float
    ed25519: float
    rsa: float


async def measure(folder: Path) -> Measured:
    """Measure each kind beside smtp-source, some rounds, and give the medians."""
    keys = _keys(folder)
    found: dict[str, list[float]] = {"source": [], **{kind: [] for kind in KINDS}}
    async with _sink() as port:
        for number in range(ROUNDS):
            bare = await asyncio.to_thread(_source, port)
            found["source"].append(bare)
            for kind in KINDS:
                key = keys.get(kind)
                settings = {"dkim_selector": "bench", "dkim_key_file": str(key)} if key else {}
                ours = await _campaign(folder / f"{kind}-{number}", port, PEOPLE, settings)
                found[kind].append(ours / bare)
    return Measured(*(statistics.median(found[name]) for name in Measured._fields))


async def _campaign(folder: Path, port: int, people: int, settings: dict[str, object]) -> float:
    """Send a campaign from beginning to end, and give how many letters a second left."""
    async with open_store(folder, alone=True) as db:
        await fill(db, default_file("company.toml"))
        campaign_id = await db.write(_write, port, people, settings)
        with as_in_the_hub():
            async with posted(db, folder / "campaigns"):
                begun = time.perf_counter()
                await db.write(begin, campaign_id)
                while not await db.read(_is_done, campaign_id):
                    await asyncio.sleep(0.02)
                    if time.perf_counter() > begun + PATIENCE * max(people // 20_000, 1):
                        raise TimeoutError("the campaign does not end")
                took = time.perf_counter() - begun
        if await db.read(states, campaign_id) != {SENT: people}:
            raise RuntimeError("not everybody got it")
    return people / took


def _write(session: Session, port: int, people: int, settings: dict[str, object]) -> int:
    add_mailbox(session, port, **settings)
    campaign = write_campaign(session, ())
    for first in range(0, people, LOT):
        some = range(first, min(first + LOT, people))
        agree(session, campaign, [f"kund-{number}@domain-{number % 50}.example" for number in some])
    line = "<p>Fönster och dörrar till sommarens pris, inmätta hemma hos er.</p>\n"
    content = session.query(CampaignContent).filter_by(campaign_id=campaign.id).one()
    content.html = f"<html><body>{line * (SIZE // (len(line) + 14))}</body></html>"
    return campaign.id


def _is_done(session: Session, campaign_id: int) -> bool:
    return session.get_one(Campaign, campaign_id).state == DONE


def _source(port: int) -> float:
    """Send as many letters of that size by Postfix's own program, and give how many a second left."""
    command = _postfix(
        "smtp-source", "-d", "-s", CONNECTIONS, "-m", PEOPLE, "-l", SIZE,
        "-f", "office@klarruta.example", "-t", "kund@domain.example", f"inet:127.0.0.1:{port}",
    )  # fmt: skip
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603 - of Debian
    return PEOPLE / (time.perf_counter() - begun)


@asynccontextmanager
async def _sink() -> AsyncIterator[int]:
    """Have Postfix's own sink take letters and keep none."""
    port = free_port()
    owner = ("-u", OWNER) if os.geteuid() == 0 else ()
    command = _postfix("smtp-sink", "-a", *owner, f"inet:127.0.0.1:{port}", 200)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            await asyncio.sleep(0.05)
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            writer.close()
            break
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _postfix(program: str, *arguments: object) -> list[str]:
    """Give the words that run a program of Postfix's, with the libraries that came with it."""
    tree = unpacked("bookworm", "postfix")
    words = tree.command(f"usr/sbin/{program}", *arguments)
    words[2] += f":{tree.root}/usr/lib/postfix"
    return words


def _keys(folder: Path) -> dict[str, Path]:
    made = {"rsa": generate_private_key(65537, 2048), "ed25519": Ed25519PrivateKey.generate()}
    for kind, key in made.items():
        (folder / kind).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {kind: folder / kind for kind in made}


async def _memory(folder: Path, people: int) -> None:
    """Print how many megabytes a process held at most that filled a campaign with so many, and sent it."""
    async with _sink() as port:
        speed = await _campaign(folder, port, people, {})
    held = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024  # noqa: ASYNC240 - all is over
    print(f"{held} MB at most for {people:,} recipients, {speed:.0f} letters a second")


if __name__ == "__main__":
    asyncio.run(_memory(Path(sys.argv[1]), int(sys.argv[2])))
