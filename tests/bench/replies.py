"""(m): replies that leave one after the other, against plain aiosmtplib that is given the same letters ready made.

Both keep one connection to the same sink, in turns, so that what else the machine does falls on both.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median

from aiosmtplib import SMTP

from connectors.mail import MailConnector, MailSettings
from connectors.mail.composing import compose
from hub.letters import Address, SendLetter
from tests.bench.processes import beside

ROUNDS = 9
REPLIES = 300
OFFICE = "office@klarruta.example"
TEXT = "Hej Anna,\n\ntack för ditt brev. Fönstren är klara på torsdag.\n\nVänliga hälsningar\nÅsa Öberg\n"
QUOTED = "".join(
    f"> {number}. Vi vill gärna ha ett pris på tolv fönster till huset.\n" for number in range(20)
)


async def measure() -> tuple[float, float, float]:
    """Give replies a second, ours and the bare ones, and the median of their ratios."""
    async with beside("tests.bench.sink_process") as (_, (port,)):
        settings = MailSettings(address=OFFICE, user=OFFICE, smtp_host="127.0.0.1", smtp_port=int(port),
                                smtp_tls="none")  # fmt: skip
        office = MailConnector("office", "sesame", settings)
        letters = [_reply(number) for number in range(REPLIES)]
        ready = [compose(letter, OFFICE) for letter in letters]

        async def ours() -> None:
            for letter in letters:
                await office.send(letter)

        async with SMTP(hostname="127.0.0.1", port=int(port), start_tls=False) as plain:

            async def bare() -> None:
                for each in ready:
                    await plain.sendmail(each.sender, each.recipients, each.content)

            rates = [(await _rate(ours), await _rate(bare)) for _ in range(ROUNDS)]
        await office.close()
    first, second = zip(*rates, strict=True)
    return median(first), median(second), median(ours / bare for ours, bare in rates)


async def _rate(send: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await send()
    return REPLIES / (time.perf_counter() - begun)


def _reply(number: int) -> SendLetter:
    return SendLetter(
        message_id=f"{number}.reply@klarruta.example", written_at=datetime.now(UTC),
        sender=Address("Åsa Öberg, Klar Ruta", ""), to=(Address("Anna Berg", f"anna.{number}@berg.se"),),
        subject="Sv: Pris på fönster", text=f"{TEXT}\n{QUOTED}", in_reply_to=f"{number}@berg.se",
        references=(f"{number}.first@berg.se", f"{number}@berg.se"),
    )  # fmt: skip
