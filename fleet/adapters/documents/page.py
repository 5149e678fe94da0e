"""The page of GB/T 9704-2012 (党政机关公文格式), as styles and a section of a .docx.

5.2.1 A4, text area 156 mm x 225 mm, top 37 mm, left (binding) 28 mm; 5.2.2 size 3 (16 pt) 仿宋;
5.2.3 22 lines of 28 characters, filling the text area; 7.5 page numbers of size 4 (14 pt), half
width, between dashes, odd pages to the right, even ones to the left, 7 mm below the text.

Tried: 16 pt characters at their own width give 27 to a line of 156 mm. With each a quarter of a
point closer (-5 twentieths) 28 fit (28 x 15.75 = 441.0 of 442.2 pt) and 29 do not; an exact line of
28.9 pt gives 22 (635.8 of 637.8 pt). A document grid would move both, so there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

TEXT_WIDTH_MM = 156
LINE_PT = 28.9
# Twentieths of a point between characters.
SPACING = -5
BODY, TITLE = "仿宋_GB2312", "方正小标宋简体"
FIRST, SECOND, SONG = "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
_CENTRE, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


@dataclass(frozen=True)
class _Style:
    """A paragraph style: font, size in points, indent of the first line in characters."""

    name: str
    font: str
    size: float = 16
    indent: int = 0
    align: WD_ALIGN_PARAGRAPH = _BOTH
    line: float = LINE_PT
    keep: bool = False
    spacing: int = SPACING


STYLES = (
    _Style("Body", BODY, indent=2),
    _Style("Flush", BODY),
    _Style("Report Title", TITLE, size=22, align=_CENTRE, line=36, keep=True, spacing=0),
    _Style("Level 1", FIRST, indent=2, keep=True),
    _Style("Level 2", SECOND, indent=2, keep=True),
    _Style("Cell", BODY, size=12, align=WD_ALIGN_PARAGRAPH.LEFT, line=18, spacing=0),
    _Style("Number", BODY, size=12, align=WD_ALIGN_PARAGRAPH.RIGHT, line=18, spacing=0),
    _Style("Head", FIRST, size=12, align=_CENTRE, line=18, spacing=0),
    _Style("Gap", BODY, size=6, line=6, spacing=0),
    _Style("Page Number", SONG, size=14, line=14, spacing=0),
)


def lay_out(docx: Docx) -> None:
    """Give an empty document the page, the styles and the page numbers, and nothing else."""
    _strip(docx)
    for style in STYLES:
        _define(docx, style)
    section = docx.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(23)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    docx.settings.odd_and_even_pages_header_footer = True
    for footer, align, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "rightChars"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "leftChars"),
    ):
        footer.is_linked_to_previous = False
        _page_number(footer.paragraphs[0], align, side)


def indent(paragraph: Paragraph, **characters: int) -> None:
    """Indent in hundredths of a character (`leftChars`, `rightChars`, `firstLineChars`)."""
    points = {"leftChars": "left", "rightChars": "right", "firstLineChars": "firstLine"}
    properties = paragraph._p.get_or_add_pPr().get_or_add_ind()
    for name, hundredths in characters.items():
        properties.set(qn(f"w:{name}"), str(hundredths))
        # Twentieths of a point, for readers that do not know characters: 16 pt each.
        properties.set(qn(f"w:{points[name]}"), str(round(hundredths * 16 * 20 / 100)))


def _strip(docx: Docx) -> None:
    """Take out what the library's own template brings along: styles, thumbnail, themes."""
    for part in (docx.part.package, docx.part):
        for key, relation in list(part.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _UNWANTED:
                del part.rels[key]
    styles = docx.styles.element
    for child in list(styles):
        if child.tag in (qn("w:style"), qn("w:latentStyles")):
            styles.remove(child)
    for defaults in styles.findall(qn("w:docDefaults")):
        styles.remove(defaults)
    normal = docx.styles.add_style("Normal", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    normal.element.set(qn("w:default"), "1")
    settings = docx.settings.element
    for child in list(settings):
        settings.remove(child)
    # Punctuation keeps its full width, so that a line has 28 characters whatever they are.
    settings.append(_element("w:characterSpacingControl", "doNotCompress"))


_UNWANTED = frozenset(
    {"thumbnail", "customXml", "numbering", "webSettings", "theme", "stylesWithEffects"}
    | {"fontTable", "extended-properties"}
)


def _define(docx: Docx, wanted: _Style) -> None:
    style = cast("ParagraphStyle", docx.styles.add_style(wanted.name, WD_STYLE_TYPE.PARAGRAPH))
    style.font.size = Pt(wanted.size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name, font in (
        ("ascii", LATIN),
        ("hAnsi", LATIN),
        ("cs", LATIN),
        ("eastAsia", wanted.font),
    ):
        fonts.set(qn(f"w:{name}"), font)
    if wanted.spacing:
        between = _element("w:spacing", str(wanted.spacing))
        _before(style.element.get_or_add_rPr(), between, ("sz", "szCs"))
    form = style.paragraph_format
    form.alignment = wanted.align
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(wanted.line)
    form.keep_with_next = wanted.keep
    # A line that moves for its paragraph's sake would leave a page with 21.
    form.widow_control = False
    _exact_width(style.element.get_or_add_pPr())
    if wanted.indent:
        indented = style.element.get_or_add_pPr().get_or_add_ind()
        indented.set(qn("w:firstLineChars"), str(100 * wanted.indent))
        indented.set(qn("w:firstLine"), str(round(wanted.indent * wanted.size * 20)))


def _exact_width(properties: BaseOxmlElement) -> None:
    """No grid, no extra space between scripts, no punctuation beyond the margin.

    Without these a line with digits or a full stop at its end has another count than 28.
    """
    followers = ("spacing", "ind", "jc")
    for name, value in (
        ("overflowPunct", "0"),
        ("autoSpaceDE", "0"),
        ("autoSpaceDN", "0"),
        ("adjustRightInd", "0"),
        ("snapToGrid", "0"),
    ):
        _before(properties, _element(f"w:{name}", value), followers)


def _element(name: str, value: str) -> BaseOxmlElement:
    made = cast("BaseOxmlElement", OxmlElement(name))
    made.set(qn("w:val"), value)
    return made


def _before(parent: BaseOxmlElement, child: BaseOxmlElement, followers: Sequence[str]) -> None:
    """Insert a child where the schema wants it: before the first of its followers."""
    tags = {qn(f"w:{name}") for name in followers}
    for at, sibling in enumerate(parent):
        if sibling.tag in tags:
            parent.insert(at, child)
            return
    parent.append(child)


def _page_number(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH, side: str) -> None:
    """— 1 —, one character in from the edge (7.5)."""
    paragraph.style = "Page Number"
    paragraph.alignment = align
    indent(paragraph, **{side: 100})
    paragraph.add_run("— ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = OxmlElement("w:r")
    shown = OxmlElement("w:t")
    shown.text = "1"
    run.append(shown)
    field.append(run)
    paragraph._p.append(field)
    paragraph.add_run(" —")
