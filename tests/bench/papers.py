"""(q): quotes of a deal as PDF, made in the press, against typst alone that is given the same template and data.

In turns, so that what else the machine does falls on both. Each quote is another one, as in life: typst remembers what
it has set before.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import msgspec
import typst

from crm import payment_codes, ready_documents
from hub.paper_orders import Paper
from hub.papers import Papers

QUOTES = 60


async def measure(folder: Path) -> tuple[float, float, float]:
    """Give quotes a second, ours and the bare ones, and the ratio of their medians."""
    papers = Papers()
    template, files = ready_documents.file("quote.typ"), {"paper.typ": ready_documents.file("paper.typ")}
    files["payment.svg"] = payment_codes.drawn(payment_codes.swish("1237856901", 10_880_469, "Q-2026-0001"))
    for name, content in {**files, "quote.typ": template}.items():
        (folder / name).write_bytes(content)
    alone = typst.Compiler(root=folder, font_paths=typst.Fonts(include_system_fonts=False))
    ours, bare = [], []
    for number in range(QUOTES):
        begun = time.perf_counter()
        await papers.make(
            Paper(format="pdf", template=template, files=files, data=_quote(f"Q-2026-{number:04}"))
        )
        between = time.perf_counter()
        alone.compile(
            folder / "quote.typ",
            format="pdf",
            sys_inputs={"data": msgspec.json.encode(_quote(f"Q-2027-{number:04}")).decode()},
        )
        ours.append(between - begun)
        bare.append(time.perf_counter() - between)
    await papers.close()
    return 1 / median(ours), 1 / median(bare), median(bare) / median(ours)


def _quote(number: str) -> dict[str, object]:
    lines = [
        {"position": str(each), "name": f"Window {each}, three panes", "unit": "pc", "quantity": "7", "tax": "25%",
         "price": "SEK 12,500.00", "discount": "10%", "net": "SEK 78,750.00"}
        for each in range(1, 13)
    ]  # fmt: skip
    company = dict.fromkeys(
        ("line", "vat", "web", "iban", "bic", "swish", "registration", "phone", "mail"), ""
    )
    return {
        "company": {**company, "name": "Klarruta Fönster", "address": ["Hantverksgatan 4", "411 21 Göteborg"]},
        "document": {"number": number, "date": "27 November 2026", "language": "en", "valid_until": ""},
        "contact": {"name": "Karin Ekdahl", "organisation": "", "phone": "", "mail": "", "fields": {}},
        "deal": {"title": f"Windows, {number}", "expected_on": "", "answers": [{"name": "Kitchen", "text": number}]},
        "seller": {"name": "Elin", "mail": ""},
        "lines": lines,
        "totals": {"net": "SEK 1.00", "gross": "SEK 1.25", "in_words": "one", "taxes": []},
        "payment": {"code": True, "reference": number},
    }  # fmt: skip
