"""walkthroughs.xlsx: a title above the header, times as numbers, durations as parts of a day, and one #N/A."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from maker.days import rng
from maker.leadership import visits
from maker.systems import GRADE_TEAMS, archive, team_name

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TEXT, MOMENT, DURATION, ERROR = range(4)
Cell = tuple[int, object]


def rows() -> list[list[Cell]]:
    names = {team.team: team_name(team) for team in GRADE_TEAMS}
    found: list[list[Cell]] = [[(TEXT, "Walkthroughs 2025-26")], [], [(TEXT, head) for head in ("No", "Visited", "Team", "Minutes", "Seen")]]
    seen = [(when, teams[0]) for when, teams in visits() if len(teams) == 1 and teams[0] in names]
    for number, (when, team) in enumerate(seen, 1):
        minutes = rng("walkthrough", number).choice((20, 25, 30, 45))
        length = (ERROR, "#N/A") if number == 9 else (DURATION, minutes / 1440)
        found.append([(TEXT, f"w-{number:03}"), (MOMENT, serial(when)), (TEXT, names[team]), length, (TEXT, "protocol in use")])
    return found


def serial(when: datetime) -> float:
    """A moment as spreadsheets count it: days since the end of 1899."""
    passed = when - datetime(1899, 12, 30)
    return passed.days + round(passed.seconds / 86400, 10)


def sheet(found: Sequence[Sequence[Cell]]) -> str:
    lines = [
        f'<row r="{row}">{"".join(_cell(f"{chr(65 + place)}{row}", *cell) for place, cell in enumerate(cells))}</row>'
        for row, cells in enumerate(found, 1)
        if cells
    ]
    return f'<worksheet xmlns="{MAIN}"><sheetData>\n{chr(10).join(lines)}\n</sheetData></worksheet>'


def _cell(place: str, kind: int, value: object) -> str:
    if kind == TEXT:
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
    if kind == ERROR:
        return f'<c r="{place}" t="e"><v>{value}</v></c>'
    return f'<c r="{place}" s="{kind}"><v>{value}</v></c>'


def workbook() -> bytes:
    """Two sheets: the log, and a key that nobody reads."""
    key = [[(TEXT, "Seen")], [(TEXT, "protocol in use")], [(TEXT, "no protocol")]]
    style = '<font><sz val="11"/><name val="Calibri"/></font>'
    formats = "".join(f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>' for number in (0, 22, 46))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>'
        + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPES}.worksheet+xml"/>' for n in (1, 2))
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Log" sheetId="1" r:id="rId1"/>'
        '<sheet name="Key" sheetId="2" r:id="rId2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2))
        + f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1">{style}</fonts><fills count="1"><fill><patternFill patternType="none"/>'
        '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="3">{formats}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet(rows()),
        "xl/worksheets/sheet2.xml": sheet(key),
    }
    return archive({name: f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}' for name, text in parts.items()})
