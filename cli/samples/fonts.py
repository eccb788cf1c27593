"""The two fonts of the samples: Song (宋体) for text and tables, Hei (黑体) for headings. Registered on first use."""

from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

Face = Literal["song", "hei"]


@cache
def register_fonts() -> None:
    """Make both fonts known to reportlab, once in a process."""
    for face in ("song", "hei"):
        pdfmetrics.registerFont(TTFont(face, str(files("cli.samples") / "fonts" / f"{face}.ttf")))


@cache
def _advances(face: Face) -> tuple[dict[int, float], float]:
    register_fonts()
    font = pdfmetrics.getFont(face).face
    return font.charWidths, font.defaultWidth


def has_character(face: Face, character: str) -> bool:
    """True where the font can print the character."""
    return ord(character) in _advances(face)[0]


def width_of(text: str, face: Face, size: float) -> float:
    """The printed width of a text in points."""
    return _width(text, face) * size / 1000


@lru_cache(maxsize=1 << 15)  # names, headers and single characters are measured over and over
def _width(text: str, face: Face) -> float:
    widths, default = _advances(face)
    return sum(widths.get(ord(character), default) for character in text)
