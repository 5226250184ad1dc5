# SPDX-License-Identifier: Apache-2.0
"""The verdict and the figures of report.html, for notebooks."""

from __future__ import annotations

import html
import re

_BODY = re.compile(r"<body>(.*)</body>", re.DOTALL)
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_SECTION = re.compile(r"(?=<h2>)")
_DETAILS = re.compile(r"""<p class="note">.*?</p>\n?|<dl>.*?</dl>\n?""", re.DOTALL)


def notebook_html(page: str) -> str:
    """The headline, then a frame with what was audited, the verdict and the figures, without what would hide these below; the
    terms and the answers are on the page alone. Its style stays within the frame. The page was written by the library, which
    escapes names; the frame allows no scripts."""
    body = _BODY.search(page)
    heading = _HEADING.search(page)
    if body is None or heading is None:
        raise ValueError("the page has no body or no heading")
    head, *sections = _SECTION.split(body[1])
    verdict = _DETAILS.sub("", _HEADING.sub("", head, count=1))
    figures = "".join(section for section in sections if section.startswith("<h2>Figures</h2>"))
    shown = page[:body.start(1)] + verdict + figures + "</body>\n</html>\n"
    return (f'<p><b>{heading[1]}</b></p>\n<iframe sandbox title="The report\'s verdict and figures" srcdoc="{html.escape(shown)}" '
            'style="width:100%;height:44rem;border:1px solid #8886"></iframe>')
