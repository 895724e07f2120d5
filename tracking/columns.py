"""The columns of a table of boxes, by the names in its first line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from siammixer.ir.errors import InputError
from siammixer.tracking.numbers import read_fields
from siammixer.tracking.signs import plain

KNOWN = (
    "x,y,w,h or left,top,width,height, the corners xmin,ymin,xmax,ymax, the centre cx,cy with w,h, and "
    "beside them frame, id, label and confidence"
)

_X, _Y, _W, _H, _RIGHT, _BOTTOM, _CX, _CY = "x", "y", "w", "h", "right", "bottom", "cx", "cy"
_FRAME, _SAME, _IDLE = "frame", "the target", "nothing"

_ROLES = {
    _X: "x left l xmin minx xleft leftx xtl tlx topleftx xtopleft lefttopx startx xstart bx posx xpos",
    _Y: "y top t ymin miny ytop topy ytl tly toplefty ytopleft lefttopy starty ystart by posy ypos",
    _W: "w width",
    _H: "h height",
    _RIGHT: "right r xmax maxx xright rightx xbr brx bottomrightx xbottomright rightbottomx endx xend",
    _BOTTOM: "bottom b ymax maxy ybottom bottomy ybr bry bottomrighty ybottomright rightbottomy endy yend",
    _CX: "cx xc xcenter centerx xcentre centrex xctr ctrx xmid midx",
    _CY: "cy yc ycenter centery ycentre centrey yctr ctry ymid midy",
    _FRAME: "frame frameid frameno frameindex frameidx framenumber framenum framenr framecount fr "
    "index idx unnamed0",
    _SAME: "id trackid targetid objectid objid objectname objid label class classid classname cls category "
    "categoryid object target track",
    _IDLE: "conf confidence score prob probability detectionscore",
}
# Tables begin with a number of the row that has no name.
_ROLE_OF = {"": _FRAME} | {name: role for role, names in _ROLES.items() for name in names.split()}
_NUMBERED = {
    (0, 1): {"x0": _X, "y0": _Y, "x1": _RIGHT, "y1": _BOTTOM},
    (1, 2): {"x1": _X, "y1": _Y, "x2": _RIGHT, "y2": _BOTTOM},
}
_CORNER_WORDS = ({"x1": _X, "y1": _Y}, {"x0": _X, "y0": _Y})
"""The first corner alone, beside a width and a height."""
_PREFIX = re.compile(r"^(?:boundingbox|bbox|bb|box|rect|roi|gt|groundtruth)[\s_.\-]*(?=[a-z])")
_PIXELS = re.compile(
    r"[\s_]*(?:[(\[{]\s*(?:px|pix|pixels?)\s*[)\]}]|[_\s](?:px|pixels?)|/\s*(?:px|pixels?))$"
)
_CORNERS = ("x", "y")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The meaning of each value of a row.

    Parameters
    ----------
    names
        As they are written.
    roles
        What each stands for, as many.
    """

    names: tuple[str, ...]
    roles: tuple[str, ...]

    def __post_init__(self):
        roles = [role for role in self.roles if role not in (_IDLE, _SAME)]
        for role in dict.fromkeys(roles):
            if roles.count(role) > 1:
                raise InputError(f"names two columns of {role}: {', '.join(self.names)}")
        if not any(needed <= set(roles) for needed in (*_BOXES, _POLYGON)):
            raise InputError(
                f"names columns that make no box: {', '.join(self.names)[:80]}; known are {KNOWN}"
            )

    @property
    def numeric(self) -> tuple[int, ...]:
        """The places of the values that must be numbers."""
        return tuple(place for place, role in enumerate(self.roles) if role not in (_IDLE, _SAME))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The places of the values that are of the box."""
        return tuple(place for place in self.numeric if self.roles[place] != _FRAME)

    @property
    def has_frames(self) -> bool:
        """Whether every row says which frame it is of."""
        return _FRAME in self.roles

    @property
    def same(self) -> tuple[int, ...]:
        """The places of the values that tell targets apart, which must be the same in all rows."""
        return tuple(place for place, role in enumerate(self.roles) if role == _SAME)

    def frame(self, numbers: Sequence[float]) -> float:
        """Returns the number of the frame that a row is of."""
        return numbers[self.roles.index(_FRAME)]

    def region(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """Returns x,y,w,h, or the eight numbers of a polygon."""
        values = dict(zip(self.roles, numbers, strict=True))
        if set(values) >= _POLYGON:
            return tuple(values[f"{axis}{place}"] for place in range(1, 5) for axis in _CORNERS)
        if _CX in values and _X not in values:
            width, height = values[_W], values[_H]
            return values[_CX] - width / 2, values[_CY] - height / 2, width, height
        x, y = values[_X], values[_Y]
        if _W in values:
            return x, y, values[_W], values[_H]
        return x, y, values[_RIGHT] - x, values[_BOTTOM] - y


_BOXES = ({_X, _Y, _W, _H}, {_X, _Y, _RIGHT, _BOTTOM}, {_CX, _CY, _W, _H})
_POLYGON = {f"{axis}{place}" for place in range(1, 5) for axis in _CORNERS}


def columns_of(names: Sequence[str]) -> Columns:
    """Returns the columns of these names.

    Raises
    ------
    InputError
        Where one is not known, or where they make no box.
    """
    roles, unknown = _roles(names)
    if unknown:
        raise InputError(f"names columns that are not known, {_listed(unknown)}; known are {KNOWN}")
    return Columns(names=tuple(names), roles=tuple(roles))


def header(line: str) -> Columns | None:
    """Returns the columns that a line names; None if it names none.

    Raises
    ------
    InputError
        As :func:`columns_of`.
    """
    names = _names(line)
    # Numbers; digits behind a letter are of a name, such as x1.
    if any(read_fields([name]) or re.search(r"(?<![A-Za-z_\d])\d", _without_unnamed(name)) for name in names):
        return None
    _, unknown = _roles(names)
    if len(unknown) == len(names) and len(names) < 4:
        return None
    return columns_of(names)


def commented_header(line: str) -> Columns | None:
    """Returns the columns that a line of comment names, if it names columns of a box and nothing else.

    Raises
    ------
    InputError
        Where it speaks of corners or of a centre among other words: then the numbers may be these.
    """
    try:
        found = header(line.lstrip("#%/;!-\"' \t"))
    except InputError:
        found = None
    if found is None:
        words = re.findall(r"[a-z]\w+", plain(line).casefold())
        roles = set(_roles(words)[0])
        corners = {_RIGHT, _BOTTOM} <= roles and not {_W, _H} <= roles
        if corners or {_CX, _CY} <= roles or {"x1", "y1", "x2", "y2"} <= set(words):
            raise InputError(
                f"is a comment that speaks of other numbers than x,y,w,h, {line.strip()[:60]!r}; a first "
                "line that names the columns and nothing else, such as xmin,ymin,xmax,ymax, says what they "
                "are"
            )
    return found


def _without_unnamed(name: str) -> str:
    """Returns a name without the number that pandas gives a column of none."""
    return re.sub(r"(?i)^unnamed: \d+$", "", name)


def _names(line: str) -> list[str]:
    text = plain(line).strip().replace('"', "").replace("'", "")
    if text[:1] in "([{" and text[-1:] in ")]}" and re.search(r"[,;\t|]", text):
        text = text[1:-1]
    text = text.strip(" ,;|\t") if text.startswith("|") else text.rstrip(" ,;|\t")
    separator = next((mark for mark in "\t;|," if mark in text), None)
    names = text.split(separator) if separator else re.split(r"\s+(?![(\[{])", text)
    return [name.strip() for name in names]


def _roles(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Returns what the names stand for, and the names that are not known."""
    words = [_word(name) for name in names]
    special: dict[str, str] = {name: name for name in _POLYGON} if set(words) >= _POLYGON else {}
    for numbered in _NUMBERED.values():
        if not special and set(numbered) <= set(words):
            special = numbered
    for first in _CORNER_WORDS:
        if not special and set(first) <= set(words):
            special = first
    roles = [special.get(word) or _ROLE_OF.get(word, "") for word in words]
    return roles, [name for name, role in zip(names, roles, strict=True) if not role]


def _word(name: str) -> str:
    """Returns what of a column's name counts: ``BB_Left [px]`` is ``left``."""
    word = _PIXELS.sub("", name.strip().casefold())
    return re.sub(r"[\s_.:#\-]", "", _PREFIX.sub("", word))


def _listed(names: Sequence[str]) -> str:
    more = " ..." if len(names) > 4 else ""
    return ", ".join(repr(name[:30]) for name in names[:4]) + more
