"""What a DOCX says, to be read where no program for it is: headings, paragraphs and rows of tables, in their order."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile

import msgspec
from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from lxml.etree import LxmlError

from hub.paper_docx import examine
from hub.paper_orders import Block, FaultyError

MOST = 5_000


def reading_of(content: bytes) -> bytes:
    """Give the blocks of a DOCX as JSON, the first 5,000 of them."""
    examine(content)
    try:
        document = Document(BytesIO(content))
        blocks: list[Block] = []
        for part in document.iter_inner_content():
            if isinstance(part, Table):
                blocks += [Block("row", cells=tuple(cell.text for cell in row.cells)) for row in part.rows]
            elif part.text.strip():
                style = (part.style.name or "") if part.style else ""
                blocks.append(
                    Block("heading" if style.startswith(("Title", "Heading")) else "text", part.text)
                )
    except (LxmlError, PackageNotFoundError, BadZipFile, KeyError) as error:
        raise FaultyError("broken", str(error)) from None
    return msgspec.json.encode(blocks[:MOST])
