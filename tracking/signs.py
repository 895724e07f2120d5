"""Digits, signs, quotes and spaces of any script, as those of ASCII that mean the same."""

from __future__ import annotations

import re
import unicodedata

_MINUS = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb"
_UNSEEN = (
    "\ufeff\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
# Full-width letters, signs and digits look like those of ASCII.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_ALIKE = {
    **_WIDE,
    **dict.fromkeys(map(ord, _MINUS), "-"),
    **dict.fromkeys(map(ord, _QUOTES), '"'),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201b\u00b4\u2032\u066c"), "'"),
    **dict.fromkeys(map(ord, "\u3001\u060c\ufe50\u2063"), ","),
    **dict.fromkeys(map(ord, "\u061b\ufe54"), ";"),
    **dict.fromkeys(map(ord, _UNSEEN), None),
    0x066B: ".",
    0x3000: " ",
}
TIED_SPACES = "\u00a0\u2007\u2009\u202f"
"""These stand between thousands, or between numbers."""
_THOUSANDS_SPACE = re.compile(rf"(?<=\d)[{TIED_SPACES}](?=\d{{3}}(?!\d))")
_THOUSANDS_APOSTROPHE = re.compile(r"(?<=\d)'(?=\d{3}(?!\d))")


def plain(text: str) -> str:
    """Returns a text with digits, signs, separators and quotes of ASCII where it has others that mean the
    same, and without letters that cannot be seen.
    """
    if text.isascii():
        return text
    text = text.translate(_ALIKE)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def spaced(text: str) -> list[str]:
    """Returns a text without apostrophes between thousands; also without spaces where these may be such."""
    text = _THOUSANDS_APOSTROPHE.sub("", text)
    apart = re.sub(f"[{TIED_SPACES}]", " ", text)
    return [apart] if apart == text else [apart, _THOUSANDS_SPACE.sub("", text)]
