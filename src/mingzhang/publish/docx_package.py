"""The parts of a Word file around its text: styles, fonts, footer, properties, and the zip that holds them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from mingzhang.publish.docx_xml import cell_style, field, legal, paragraph, run, type_size
from mingzhang.publish.fit import LEADING, SIDE

BODY, PITCH, CHARACTERS = 16.0, 28.9, 28  # 三号; 22 lines of 28 characters on a page (GB/T 9704-2012, 5.2.3)
PART, CAPTION, LINE, LINE_PITCH = 20.0, 12.0, 10.5, 15.0
_TRACKING = -5  # twentieths of a point: 28 characters of 16 points on 156 millimetres
_SONG, _HEI, _FANG, _KAI, _TITLE = "宋体", "黑体", "仿宋", "楷体", "方正小标宋简体"
# The name, what Word takes where it is missing, and the family and pitch by which it looks further.
_FONTS = (
    (_SONG, "SimSun,Songti SC,Noto Serif CJK SC,Source Han Serif SC", "roman"),
    (_HEI, "SimHei,Heiti SC,Noto Sans CJK SC,Source Han Sans SC", "modern"),
    (_FANG, "FangSong,仿宋_GB2312,STFangsong,FZFangSong-Z02", "modern"),
    (_KAI, "KaiTi,楷体_GB2312,Kaiti SC,FZKai-Z03", "modern"),
    (_TITLE, "FZXiaoBiaoSong-B05S,FZXiaoBiaoSong-B05,华文中宋,STZhongsong,宋体", "auto"),
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OOXML = "http://schemas.openxmlformats.org"
_MAIN = f"{_OOXML}/wordprocessingml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {"styles": "styles", "settings": "settings", "fontTable": "fontTable", "footer": "footer"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as vectors and as a bitmap."""

    svg: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What the styles depend on: the pitch of the contents and the type sizes of the tables."""

    contents: float
    sizes: Iterable[float]


def package(name: str, title: str, body: Iterable[str], look: Look, pictures: Sequence[Picture]) -> bytes:
    """Zip a Word file; its bytes depend on nothing but what is handed in. `name` is its author."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for path, part in _small_parts(name, title, look, len(pictures)):
            archive.writestr(_entry(path), part.encode())
        with archive.open(_entry("word/document.xml"), "w") as stream:
            stream.write(f"{_HEAD}<w:document {_namespaces()}><w:body>".encode())
            # Piece by piece: the text of a large disclosure is tens of megabytes before it is packed.
            for piece in body:
                stream.write(piece.encode())
            stream.write(b"</w:body></w:document>")
        for number, picture in enumerate(pictures, 1):
            archive.writestr(_entry(f"word/media/chart{number}.svg"), picture.svg.encode())
            archive.writestr(_entry(f"word/media/chart{number}.png"), picture.png)
    return buffer.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    """An entry without the time of day or the system that made it."""
    entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
    return entry


def _namespaces() -> str:
    drawing = f"{_OOXML}/drawingml/2006"
    return (
        f'xmlns:w="{_MAIN}" xmlns:r="{_OOXML}/officeDocument/2006/relationships" '
        f'xmlns:wp="{drawing}/wordprocessingDrawing" xmlns:a="{drawing}/main" xmlns:pic="{drawing}/picture" '
        'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"'
    )


def _small_parts(name: str, title: str, look: Look, pictures: int) -> list[tuple[str, str]]:
    targets = [(part, kind, f"{part}.xml") for part, kind in _PARTS.items()]
    for number in range(1, pictures + 1):
        targets += [(f"{end}{number}", "image", f"media/chart{number}.{end}") for end in ("svg", "png")]
    office, metadata = f"{_OOXML}/officeDocument/2006/relationships", f"{_OOXML}/package/2006/relationships/metadata"
    roots = [
        ("document", f"{office}/officeDocument", "word/document.xml"),
        ("core", f"{metadata}/core-properties", "docProps/core.xml"),
        ("app", f"{office}/extended-properties", "docProps/app.xml"),
    ]
    return [
        ("[Content_Types].xml", _content_types()),
        ("_rels/.rels", _relationships(roots)),
        ("docProps/core.xml", _core(name, title)),
        ("docProps/app.xml", _app()),
        ("word/_rels/document.xml.rels", _relationships([(i, f"{office}/{kind}", to) for i, kind, to in targets])),
        ("word/styles.xml", _styles(look)),
        ("word/settings.xml", _settings()),
        ("word/fontTable.xml", _font_table()),
        ("word/footer.xml", _footer()),
    ]


def _content_types() -> str:
    parts = {f"/word/{part}.xml": f"{_TYPES}.{kind}+xml" for part, kind in _PARTS.items()}
    parts |= {
        "/word/document.xml": f"{_TYPES}.document.main+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    defaults = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
        "png": "image/png",
        "svg": "image/svg+xml",
    }
    return (
        f'{_HEAD}<Types xmlns="{_OOXML}/package/2006/content-types">'
        + "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in defaults.items())
        + "".join(f'<Override PartName="{path}" ContentType="{kind}"/>' for path, kind in parts.items())
        + "</Types>"
    )


def _relationships(rows: Iterable[tuple[str, str, str]]) -> str:
    lines = "".join(f'<Relationship Id="{one}" Type="{kind}" Target="{target}"/>' for one, kind, target in rows)
    return f'{_HEAD}<Relationships xmlns="{_OOXML}/package/2006/relationships">{lines}</Relationships>'


def _core(name: str, title: str) -> str:
    """Title, author and language; no dates, which would make every run another file."""
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_OOXML}/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(legal(title))}</dc:title><dc:creator>{escape(legal(name))}</dc:creator>"
        f"<cp:lastModifiedBy>{escape(legal(name))}</cp:lastModifiedBy><dc:language>zh-CN</dc:language></cp:coreProperties>"
    )


def _app() -> str:
    kind = f"{_OOXML}/officeDocument/2006/extended-properties"
    return f'{_HEAD}<Properties xmlns="{kind}"><Application>Mingzhang</Application></Properties>'


def _settings() -> str:
    """Mode 15 is Word 2013 and later, without the layout of older versions."""
    return (
        f'{_HEAD}<w:settings xmlns:w="{_MAIN}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def _font_table() -> str:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/></w:font>'
        for name, others, family in _FONTS
    )
    return f'{_HEAD}<w:fonts xmlns:w="{_MAIN}">{fonts}</w:fonts>'


def _footer() -> str:
    number = paragraph("Footer", run("— ") + field("PAGE", run("1")) + run(" —"))
    return f'{_HEAD}<w:ftr xmlns:w="{_MAIN}">{number}</w:ftr>'


def _styles(look: Look) -> str:
    entry = min(14.0, look.contents * 0.62)
    styles = [
        _style("Normal", "Normal", "", f"{_GRIDLESS}{_pitch(PITCH)}", default=True),
        _style("BodyText", "Body Text", _type(spacing=_TRACKING, lang="en-US"), f'{_FIRST}<w:jc w:val="both"/>'),
        _style("CoverName", "封面单位", _type(_TITLE, 26), _COVER.format(before=2800, after=600)),
        _style("Title", "Title", _type(_TITLE, 30), _COVER.format(before=0, after=0)),
        _heading(1, _type(_HEI, PART), f'<w:spacing w:after="{_twips(PITCH)}"/><w:jc w:val="center"/>'),
        _heading(2, _type(_HEI, BODY), _FIRST),
        _heading(3, _type(_KAI, BODY), _FIRST),
        _style("TOCHeading", "TOC Heading", _type(_HEI, PART), '<w:spacing w:after="360"/><w:jc w:val="center"/>'),
        _style("TOC1", "toc 1", _type(_HEI, entry), _pitch(look.contents)),
        _style("TOC2", "toc 2", _type(_FANG, entry), _pitch(look.contents, f'<w:ind w:left="{_twips(entry)}"/>')),
        _style("Footer", "footer", _type(_SONG, 14), '<w:jc w:val="center"/>'),
        _style("TableTitle", "表标题", _type(_HEI, BODY), '<w:keepNext/><w:jc w:val="center"/>'),
        _style("TableLine", "表说明", _type(_SONG, LINE), _pitch(LINE_PITCH)),
        _style("Caption", "caption", _type(_HEI, CAPTION), '<w:keepNext/><w:jc w:val="center"/>'),
        _style("Figure", "图", "", '<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>'),
        _style("SectionEnd", "节尾", _type(_SONG, 1), _pitch(1)),
        *(style for size in sorted(set(look.sizes)) for style in _cell_styles(size)),
        '<w:style w:type="character" w:customStyle="1" w:styleId="GridTitle"><w:name w:val="表标题字"/>'
        f"{_type(_HEI)}</w:style>",
        _table_style(),
    ]
    defaults = (
        f"<w:docDefaults><w:rPrDefault>{_type(_FANG, BODY, lang='zh-CN')}</w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    return f'{_HEAD}<w:styles xmlns:w="{_MAIN}">{defaults}{"".join(styles)}</w:styles>'


# A line holds its 28 characters only if digits stand among them without space, a page 22 lines without widow control.
_GRIDLESS = '<w:widowControl w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
_FIRST = '<w:ind w:firstLineChars="200" w:firstLine="630"/>'
_COVER = '<w:spacing w:before="{before}" w:after="{after}" w:line="264" w:lineRule="auto"/><w:jc w:val="center"/>'


def _cell_styles(size: float) -> list[str]:
    pitch = _pitch(size * LEADING)
    return [
        _style(cell_style(size, "text"), f"表文 {size:g}", _type(_SONG, size), pitch),
        _style(cell_style(size, "label"), f"表头 {size:g}", _type(_HEI, size), f'{pitch}<w:jc w:val="center"/>'),
        _style(cell_style(size, "number"), f"表数 {size:g}", _type(_SONG, size), f'{pitch}<w:jc w:val="right"/>'),
    ]


def _table_style() -> str:
    edges = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for edge in edges)
    margins = "".join(f'<w:{side} w:w="{_twips(SIDE)}" w:type="dxa"/>' for side in ("left", "right"))
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/></w:style>'
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


def _heading(level: int, font: str, layout: str) -> str:
    outline = f'<w:outlineLvl w:val="{level - 1}"/>'
    return _style(f"Heading{level}", f"heading {level}", font, f"<w:keepNext/><w:keepLines/>{layout}{outline}")


def _style(identifier: str, name: str, font: str, layout: str, default: bool = False) -> str:
    """A paragraph style; those that Word does not know are marked as custom."""
    marks = ' w:default="1"' if default else "" if name.isascii() else ' w:customStyle="1"'
    base = "" if default else '<w:basedOn w:val="Normal"/>'
    following = '<w:next w:val="BodyText"/>' if identifier.startswith("Heading") else ""
    shown = "<w:qFormat/>" if identifier.startswith(("Heading", "Normal", "BodyText", "Title")) else ""
    return (
        f'<w:style w:type="paragraph"{marks} w:styleId="{identifier}"><w:name w:val="{name}"/>{base}{following}{shown}'
        f"<w:pPr>{layout}</w:pPr>{font}</w:style>"
    )


def _type(font: str = "", size: float = 0, spacing: int = 0, lang: str = "") -> str:
    """Run properties. Digits take the Chinese font too: in a Latin one, Chinese quotation marks would shrink.

    In tables their language is Chinese as well, or LibreOffice without these fonts would set them in one of another
    width; in paragraphs it is a Latin one, or LibreOffice would divide numbers at the end of a line.
    """
    scripts = " ".join(f'w:{script}="{font}"' for script in ("ascii", "hAnsi", "eastAsia", "cs"))
    fonts = f"<w:rFonts {scripts}/>" if font else ""
    tracking = f'<w:spacing w:val="{spacing}"/>' if spacing else ""
    language = f'<w:lang w:val="{lang}" w:eastAsia="zh-CN"/>' if lang else ""
    return f"<w:rPr>{fonts}{tracking}{type_size(size)}{language}</w:rPr>"


def _pitch(points: float, behind: str = "") -> str:
    return f'<w:spacing w:line="{_twips(points)}" w:lineRule="exact"/>{behind}'


def _twips(points: float) -> int:
    return round(points * 20)
