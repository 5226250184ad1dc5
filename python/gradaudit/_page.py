# SPDX-License-Identifier: Apache-2.0
"""The head and the figures of report.html, for notebooks."""

from __future__ import annotations

import html
import re

_BODY = re.compile(r"<body>(.*)</body>", re.DOTALL)
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_AFTER_FIGURES = re.compile(r"<h2>(?!Figures</h2>)")


def notebook_html(page: str) -> str:
    """The headline, then a frame with the rest of the page's head and its figures; its style stays within the frame. The page was
    written by the library, which escapes names; the frame allows no scripts."""
    body = _BODY.search(page)
    heading = _HEADING.search(page)
    if body is None or heading is None:
        raise ValueError("the page has no body or no heading")
    cut = _AFTER_FIGURES.search(body[1], body[1].find("<h2>Figures</h2>") + 1)
    head = _HEADING.sub("", body[1][:cut.start()] if cut else body[1], count=1)
    shown = page[:body.start(1)] + head + "</body>\n</html>\n"
    return (f'<p><b>{heading[1]}</b></p>\n<iframe sandbox title="The report\'s head and figures" srcdoc="{html.escape(shown)}" '
            'style="width:100%;height:44rem;border:1px solid #8886"></iframe>')
