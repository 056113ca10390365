"""The elements of HTML that a letter may be made of, and what becomes of the others.

What is in none of these sets is left out itself, and what is within it stays.
"""

from __future__ import annotations

KEPT = frozenset({
    "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "i", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "tt", "u", "ul",
})  # fmt: skip
EMPTY = frozenset({"br", "hr", "wbr"})
SILENT = frozenset({
    "script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe", "frameset", "object",
    "applet", "embed", "svg", "math", "xmp", "plaintext", "listing", "select", "textarea", "audio", "video", "canvas",
})  # fmt: skip
VOID = frozenset({
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
    "param", "source", "track", "wbr",
})  # fmt: skip
LOOKS = frozenset({
    "align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "dir", "face", "height", "lang",
    "nowrap", "rowspan", "size", "start", "valign", "width",
})  # fmt: skip
