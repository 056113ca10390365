"""`make bench`: prints each figure with the bare limit and the promise beside it; exits 1 where a promise is broken."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.bench import (
    board,
    calls,
    campaigns,
    chat,
    intake,
    letters,
    lookup,
    memory,
    pages,
    papers,
    popup,
    replies,
    ring,
    runs,
    rush,
    search,
    segments,
    senders,
    waiting,
    widgets,
)

Row = tuple[str, str, str, str, str, bool]


async def measure(folder: Path) -> Iterator[Row]:
    """Run everything, one after the other, each in a folder of its own."""
    for name in (
        "intake", "popup", "waiting", "lookup", "search", "ring", "rush", "letters", "senders", "chat", "widgets",
        "papers", "runs", "board", "segments", "campaigns",
    ):  # fmt: skip
        (folder / name).mkdir()
    acknowledged, bare, processed = await intake.measure(folder / "intake")
    ours, echo = await popup.measure(folder / "popup")
    many, few = await waiting.measure(folder / "waiting")
    found, raw = await lookup.measure(folder / "lookup")
    agents, managers, index = await search.measure(folder / "search")
    own, everybody, row = await pages.measure(folder / "search")
    derived, split, alone = await calls.measure()
    rung, ring_echo = await ring.measure(folder / "ring")
    right, grown, later = await rush.measure(folder / "rush")
    post = await letters.measure(folder / "letters")
    written, ready, kept = await replies.measure()
    answered = await senders.measure(folder / "senders")
    printed, set_alone, share = await papers.measure(folder / "papers")
    slowest = max(answered, key=lambda name: answered[name])
    chatted, chat_echo = await chat.measure(folder / "chat")
    visited = await widgets.measure(folder / "widgets")
    (opened, opened_few), (moved, moved_few) = await board.measure(folder / "board")
    walk = await runs.measure(folder / "runs")
    meant, by_hand = await segments.measure(folder / "segments")
    mailed = await campaigns.measure(folder / "campaigns")
    idle, full = await memory.measure(folder / "memory")
    return iter((
        ("a  forms acknowledged, 32 connections", f"{acknowledged:,.0f}/s", f"{bare:,.0f}/s",
         f"{acknowledged / bare:.2f}", "≥ 0.50", acknowledged / bare >= 0.5),
        ("b  forms turned into card and task", f"{processed:,.0f}/s", "", "", "≥ 500/s", processed >= 500),
        ("c  POST to notice, p99", f"{ours:.2f} ms", f"{echo:.2f} ms", f"{ours / echo:.2f}", "< 3", ours / echo < 3),
        ("d  a due timer, a million waiting", f"{many:,.0f} µs", f"{few:,.0f} µs with 1,000",
         f"{many / few:.2f}", "≤ 1.5", many / few <= 1.5),
        ("e  a number among a million handles", f"{found:,.0f} µs", f"{raw:,.0f} µs", f"{found / raw:.2f}", "≤ 2",
         found / raw <= 2),
        ("f  memory, idle", f"{idle:.0f} MB", "", "", "< 150 MB", idle < 150),
        (f"f  memory, {memory.CONSOLES} consoles open", f"{full:.0f} MB", "", "", "< 250 MB", full < 250),
        ("g  search while typing, p95, an agent", f"{agents:.1f} ms", f"{index:.1f} ms", f"{agents / index:.1f}",
         "< 60 ms", agents < 60),
        ("g  search while typing, p95, a manager", f"{managers:.1f} ms", f"{index:.1f} ms", f"{managers / index:.1f}",
         "< 60 ms", managers < 60),
        ("h  a page among 100,000 contacts, p95, an agent", f"{own:.1f} ms", f"{row:.1f} ms", f"{own / row:.1f}",
         "< 60 ms", own < 60),
        ("h  a page among 100,000 contacts, p95, a manager", f"{everybody:.1f} ms", f"{row:.1f} ms",
         f"{everybody / row:.1f}", "< 60 ms", everybody < 60),
        (f"i  AMI events to calls (panoramisk alone: {alone:,.0f}/s)", f"{derived:,.0f}/s", f"{split:,.0f}/s",
         f"{derived / split:.2f}", "≥ 0.50", derived / split >= 0.5),
        ("j  ring on the wire to popup in the page, p99", f"{rung:.2f} ms", f"{ring_echo:.2f} ms",
         f"{rung / ring_echo:.2f}", "< 3", rung / ring_echo < 3),
        (f"k  {rush.CALLS:,} calls, {rush.RATE} a second, that are right", f"{right:,}", "", "", f"{rush.CALLS:,}",
         right == rush.CALLS),
        ("k  memory after them", f"+{grown:.0f} MB", "", "", "< 30 MB", grown < 30),
        ("k  memory, the second half of them", f"+{later:.0f} MB", "", "", "< 10 MB", later < 10),
        ("l  letters fetched", f"{post.fetched:,.0f}/s", f"{post.raw:,.0f}/s", f"{post.fetched / post.raw:.2f}",
         "≥ 0.40", post.fetched / post.raw >= 0.4),
        ("l  letters into finished cards", f"{post.cards:,.0f}/s", "", "", "≥ 150/s", post.cards >= 150),
        ("l  a letter's arrival to notice, beyond the server's own delay", f"{post.noticed - post.told:.0f} ms",
         f"{post.told:.0f} ms", "", "< 100 ms", post.noticed - post.told < 100),
        ("m  replies sent one by one, against aiosmtplib with ready letters", f"{written:,.0f}/s", f"{ready:,.0f}/s",
         f"{kept:.2f}", "≥ 0.80", kept >= 0.8),
        (f"n  {len(answered)} senders at {senders.RATE} posts a second, p99; the slowest: {slowest}",
         f"{answered[slowest]:.0f} ms", f"{min(answered.values()):.0f} ms the fastest", "", "< 1,000 ms",
         answered[slowest] < 1000),
        ("o  a messenger's post to notice, p99", f"{chatted:.2f} ms", f"{chat_echo:.2f} ms",
         f"{chatted / chat_echo:.2f}", "< 3", chatted / chat_echo < 3),
        (f"p  memory of {widgets.WIDGETS:,} open widgets", f"{visited.memory:.0f} MB", "", "", "< 60 MB",
         visited.memory < 60),
        (f"p  a visitor's message until he sees it kept, p99, {widgets.RATE} a second", f"{visited.message[1]:.0f} ms",
         f"{visited.message[0]:.0f} ms in the middle", "", "< 1,000 ms", visited.message[1] < 1000),
        ("p  an answer at the console until its visitor sees it, p99", f"{visited.answer[1]:.0f} ms",
         f"{visited.answer[0]:.0f} ms in the middle", "", "< 1,000 ms", visited.answer[1] < 1000),
        ("p  messages lost", f"{visited.lost}", "", "", "0", visited.lost == 0),
        ("q  quotes as PDF, against typst alone", f"{printed:.0f}/s", f"{set_alone:.0f}/s", f"{share:.2f}", "≥ 0.70",
         share >= 0.7),
        ("r  a run of the windows process, against SpiffWorkflow alone in memory", f"{walk.alone:.1f} ms",
         f"{walk.bare:.1f} ms", f"{walk.ratio:.2f}", "≥ 0.15", walk.ratio >= 0.15),
        ("r  time of the processor that it takes", f"{walk.spent:.1f} ms", f"{walk.bare:.1f} ms",
         f"{walk.spent_ratio:.2f}", "", True),
        (f"r  one of {runs.AT_ONCE} runs at once", f"{walk.shared:.1f} ms", f"{walk.bare:.1f} ms",
         f"{walk.shared_ratio:.2f}", "", True),
        ("r  state of a run", f"{walk.size:,} B", "", "", "< 8,000 B", walk.size < 8000),
        (f"s  a board of {board.MANY:,} open deals opens, against one of {board.FEW}", f"{opened:.1f} ms",
         f"{opened_few:.1f} ms", f"{opened / opened_few:.2f}", "< 2", opened / opened_few < 2),
        ("s  a card moves on it", f"{moved:.1f} ms", f"{moved_few:.1f} ms", f"{moved / moved_few:.2f}", "< 2",
         moved / moved_few < 2),
        (f"t  a segment among {segments.MANY:,} contacts counted, against SQL by hand", f"{meant:,.0f} ms",
         f"{by_hand:,.0f} ms", f"{meant / by_hand:.2f}", "≤ 2", meant / by_hand <= 2),
        *(
            (f"u  a campaign, {name}, against smtp-source", f"{share * mailed.source:,.0f}/s",
             f"{mailed.source:,.0f}/s", f"{share:.2f}", f"≥ {least:.2f}", share >= least)
            for name, share, least in (
                ("not signed", mailed.plain, 0.5), ("Ed25519", mailed.ed25519, 0.4), ("RSA-2048", mailed.rsa, 0.15),
            )
        ),
    ))  # fmt: skip


def main() -> int:
    """Measure, print, judge."""
    table = Table(
        "figure", "ours", "bare limit", "ratio", "promise", "kept", title="Ringback, measured in one run"
    )
    with TemporaryDirectory() as folder:
        rows = list(asyncio.run(measure(Path(folder))))
    for *cells, kept in rows:
        table.add_row(*cells, "yes" if kept else "[bold red]no[/]")
    Console().print(table)
    return 0 if all(kept for *_, kept in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
