"""OneRoster: schools, staff and terms of bundles 1.1 and 1.2, with what real exports get wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin.readers import zipped
from fidelity_engine.builtin.readers.oneroster import ONEROSTER, read
from fidelity_engine.builtin.readers.oneroster.table import listed, unguarded
from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.plugin.spec import ReadRequest, Rows
from fidelity_engine.result import Result

HERE = Path(__file__).parent / "oneroster"
ORGS, ROLES, SESSIONS = ((HERE / f"{name}.csv").read_text("utf-8") for name in ("orgs", "roles", "academicSessions"))
USERS_11, USERS_12 = ((HERE / f"users-{version}.csv").read_text("utf-8") for version in ("1.1", "1.2"))


def manifest(version: str = "1.1", **modes: str) -> str:
    """A manifest; files are bulk unless said otherwise."""
    said = {"orgs": "bulk", "users": "bulk", "academicSessions": "bulk", "roles": "bulk" if version == "1.2" else "absent", **modes}
    return f"propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\n" + "".join(f"file.{k},{v}\n" for k, v in said.items())


def zipped_up(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


V11 = {"manifest.csv": manifest(), "orgs.csv": ORGS, "users.csv": USERS_11, "academicSessions.csv": SESSIONS}
V12 = {"manifest.csv": manifest("1.2"), "orgs.csv": ORGS, "users.csv": USERS_12, "roles.csv": ROLES, "academicSessions.csv": SESSIONS}

NAMELESS = zipped_up({**V11, "nameless": b"x"}).replace(b"nameless", b"\0ameless")


def rows(folder: Path, listing: str, *bundles: Mapping[str, str | bytes] | bytes) -> Rows:
    """What the reader gives for some bundles, in their order."""
    paths = []
    for number, bundle in enumerate(bundles):
        path = folder / f"{number}.zip"
        path.write_bytes(bundle if isinstance(bundle, bytes) else zipped_up(bundle))
        paths.append(path)
    return read(ReadRequest(listing, paths, {}, folder / "unpacked", "UTC", listing))


def cells_of(found: Rows) -> list[Mapping[str, Any]]:
    """The rows without their places."""
    return [row.values for row in found.data]


def test_schools(tmp_path: Path) -> None:
    """Schools are orgs of type school that are not to be deleted; own columns come without `metadata.`."""
    found = rows(tmp_path, "schools", V11)
    assert [row["school"] for row in cells_of(found)] == ["s1", "s2"]
    assert cells_of(found)[0] == {"school": "s1", "name": "Lincoln, North", "identifier": "0012", "parent": "d1", "grades": "02,03", "day_start": "08:15"}
    assert cells_of(found)[1]["identifier"] == "0013"
    assert not found.rejected


def test_staff_of_1_1(tmp_path: Path) -> None:
    """Each user of staff has a row per school; students, and people of the district alone, have none."""
    found = rows(tmp_path, "staff", V11)
    assert [(row["staff"], row["school"], row["roles"], row["school_identifier"]) for row in cells_of(found)] == [
        ("u1", "s1", "teacher", "0012"), ("u2", "s1", "aide", "0012"), ("u2", "s2", "aide", "0013"),
    ]  # fmt: skip
    assert (cells_of(found)[0]["name"], cells_of(found)[0]["grades"], cells_of(found)[0]["identifier"], cells_of(found)[0]["email"]) == (
        "Ann Example", ["02", "03"], "0001", "ann@example.org",
    )  # fmt: skip
    assert not found.rejected


def test_staff_of_1_2(tmp_path: Path) -> None:
    """Roles stand in a file of their own, with dates; the end is the first day on which the role does not hold."""
    found = rows(tmp_path, "staff", V12)
    assert [(row["staff"], row["school"], row["roles"], row["from"], row["until"]) for row in cells_of(found)] == [
        ("u1", "s1", "teacher", None, "2026-01-16"), ("u1", "s2", "principal", "2026-01-17", None), ("u2", "s1", "counselor", None, None),
    ]  # fmt: skip


def test_terms(tmp_path: Path) -> None:
    """Academic sessions of the first type that follow one another are terms; the last day is the one before endDate."""
    assert [(row["term"], row["from"], row["until"]) for row in cells_of(rows(tmp_path, "terms", V11))] == [
        ("Fall", "2025-09-02", "2026-01-16"), ("Spring", "2026-01-20", "2026-06-12"),
    ]  # fmt: skip


def delta(**files: str) -> dict[str, str]:
    """A bundle with changes of these files only."""
    said = {name: "delta" if name in files else "absent" for name in ("orgs", "users", "roles", "academicSessions")}
    return {"manifest.csv": manifest(**said), **{f"{name}.csv": text for name, text in files.items()}}


def test_deltas_are_applied_as_deltas(tmp_path: Path) -> None:
    """After a bulk bundle, deltas change, add and take away what they name, in the order of their names."""
    head = USERS_11.splitlines()[0]
    first = delta(users=f"{head}\nu1,active,,true,s2,teacher,,,Ann,Example,,,,,,,,\nu2,tobedeleted,,true,s1,aide,,,Bo,,,,,,,,,\n")
    second = delta(users=f"{head}\nu6,active,,true,s1,teacher,,,Flo,Example,,,,,,,,\nu1,active,,true,s2,student,,,Ann,,,,,,,,,\n")
    assert [(row["staff"], row["school"]) for row in cells_of(rows(tmp_path, "staff", V11, first))] == [("u1", "s2")]
    assert [(row["staff"], row["school"]) for row in cells_of(rows(tmp_path, "staff", V11, first, second))] == [("u6", "s1")]


def test_a_delta_alone_is_refused(tmp_path: Path) -> None:
    """Changes without what they change are no roster."""
    with pytest.raises(FidelityError, match=r"0\.zip: holds only changes of orgs\.csv\. Name a bulk bundle before it"):
        rows(tmp_path, "schools", delta(orgs=ORGS))


def test_dangling_references_are_listed(tmp_path: Path) -> None:
    """Every reference that leads nowhere is named by file and row: to an org, to a deleted org, to a user, to a parent."""
    users = USERS_11 + "u7,active,,true,s9,teacher,,,,,,,,,,,,\nu8,active,,true,s3,teacher,,,,,,,,,,,,\nu1,active,,true,s1,teacher,,,,,,,,,,,,\n"
    found = rows(tmp_path, "staff", {**V11, "users.csv": users})
    assert [(one.path, one.row, one.sentence) for one in found.rejected] == [
        ("0.zip/users.csv", 8, "Its sourcedId u1 stands twice; first in row 1."),
        ("0.zip/users.csv", 6, "It refers to the org s9, which the bundle does not have."),
        ("0.zip/users.csv", 7, "It refers to the org s3, which the bundle does not have."),
    ]  # fmt: skip
    found = rows(tmp_path, "staff", {**V12, "roles.csv": ROLES + "r9,active,,u9,primary,teacher,,,s1,\n"})
    assert [one.sentence for one in found.rejected] == ["It refers to the user u9, whom the bundle does not have."]
    found = rows(tmp_path, "schools", {**V11, "orgs.csv": ORGS + "s8,active,,Lost,school,,d9,,\n"})
    assert [(one.row, one.sentence) for one in found.rejected] == [(5, "Its parentSourcedId d9 is no org of the bundle.")]


@pytest.mark.parametrize(("bundle", "told"), [
    (b"PK", "is no zip archive"), (b"", "the file is empty"), ({"orgs.csv": ORGS}, "has no manifest.csv"),
    ({**V11, "manifest.csv": manifest("2.0")}, "no version that can be read"),
    ({**V11, "manifest.csv": manifest(orgs="some")}, "bulk, delta or absent"),
    ({**V11, "manifest.csv": manifest(orgs="absent")}, "orgs.csv is absent"),
    ({"manifest.csv": manifest()}, "lacks orgs.csv"),
    ({**V11, "orgs.csv": ORGS + '"s9,active'}, "cannot be taken apart"),
    ({**V11, "orgs.csv": ORGS + "s9,active\n"}, "row 5 has 2 cells"),
    ({**V11, "orgs.csv": b"sourcedId,name\ns1,\xff\n"}, "is not utf-8"),
    ({**V11, "orgs.csv": "name,type\n"}, "names no sourcedId"),
    ({**V11, "orgs.csv": "sourcedId,name,NAME\n"}, "a column twice"),
    ({**V11, "copy/orgs.csv": ORGS}, "holds `orgs.csv` twice"),
    ({**V11, "../orgs.csv": ORGS}, "leads out of the archive"), ({**V11, "/etc/orgs.csv": ORGS}, "leads out of the archive"),
    ({**V11, "..\\orgs.csv": ORGS}, "leads out of the archive"), ({**V11, "C:\\orgs.csv": ORGS}, "leads out of the archive"),
    ({**V11, ".": b"x"}, "holds a file without a name"), (NAMELESS, "holds a file without a name"),
    ({**V11, "bomb.csv": b"0" * 5_000_000}, "more than 100 times its size"),
])  # fmt: skip
def test_bundles_that_are_refused(bundle: Any, told: str, tmp_path: Path) -> None:
    """What is no bundle, is none that is known, or is a trap, ends with a sentence that names it."""
    with pytest.raises(FidelityError, match=told) as error:
        rows(tmp_path, "schools", bundle)
    assert str(error.value.where).startswith(("0.zip", "orgs.csv"))
    assert not list(tmp_path.rglob("bomb.csv"))


def test_archives_that_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes of all members together are bounded, and so is their number, before anything is unpacked."""
    monkeypatch.setattr(zipped, "LARGEST", 100)
    with pytest.raises(FidelityError, match="more than 1 GB"):
        rows(tmp_path, "schools", V11)
    monkeypatch.setattr(zipped, "MOST_MEMBERS", 2)
    with pytest.raises(FidelityError, match="more than 2 files"):
        rows(tmp_path, "schools", V11)
    assert not list((tmp_path / "unpacked").rglob("*.csv"))


def test_an_archive_that_lies_about_sizes(tmp_path: Path) -> None:
    """A member that says that it is small cannot become larger: it ends with a mistake."""
    raw = bytearray(zipped_up({"manifest.csv": manifest(), "orgs.csv": ORGS * 50}))
    true = len(ORGS * 50).to_bytes(4, "little")
    assert raw.count(true) == 2
    with pytest.raises(FidelityError, match="is no zip archive that can be read"):
        rows(tmp_path, "schools", bytes(raw.replace(true, (50).to_bytes(4, "little"))))


@pytest.mark.parametrize(("cell", "values"), [
    ("a,b", ["a", "b"]), ('"a,1",b', ["a,1", "b"]), ("a, b ,", ["a", "b"]), ("'001,=\"002\"", ["001", "002"]), ("", []), ('"a', ["a"]),
])
def test_lists(cell: str, values: list[str]) -> None:
    """Values of a list may be quoted, guarded and empty."""
    assert listed(cell) == values


@pytest.mark.parametrize(("cell", "value"), [("'00123", "00123"), ('="00123"', "00123"), ("O'Neil", "O'Neil"), (" a ", "a"), ("=1+1", "=1+1")])
def test_guards(cell: str, value: str) -> None:
    """What keeps spreadsheets from making numbers of ids is dropped."""
    assert unguarded(cell) == value


ROSTER = """roster:
  schools: {{read: {read}, reader: oneroster, columns: {{grades: {{column: grades, split: ","}}}}}}
  staff: {{read: {read}, reader: oneroster}}
  teams: own.csv
"""
OWN = {"own.csv": "team,name,school,kind\ng2,Grade 2,s1,grade-level\n"}
CALENDAR = """calendar: {{read: days.csv, terms: {{read: {read}, reader: oneroster}}}}
"""
DAYS = "date,kind\n" + "".join(f"2025-{month:02}-{day:02},instructional\n" for month in (9, 10) for day in range(1, 31))
DAYS += "".join(f"2026-{month:02}-15,instructional\n" for month in range(1, 7))


@pytest.mark.parametrize("read", ["bundle.zip", "bundle", "'bundle/*.csv'"])
def test_a_district_on_a_bundle(read: str, evaluated: Callable[..., Result]) -> None:
    """A zip archive, its folder or a pattern is roster and terms of a district; teams come from its own file."""
    files = {"bundle.zip": zipped_up(V12), **{f"bundle/{name}": text for name, text in V12.items()}, **OWN, "days.csv": DAYS}
    rule = "rules:\n- {id: a.rule, title: T, expect: {of: school, each: term}, measure: {kind: count, event: training}, judge: {at_least: 1}}\n"
    head = "fidelity: 1\ntimezone: America/Detroit\nyear: 2025-26\nperiod: {from: 2025-09-02, until: 2026-06-12}\nas_of: 2025-10-30\n"
    with evaluated(files, roster=ROSTER.format(read=read), calendar=CALENDAR.format(read=read), rule=rule, head=head) as result:
        assert result.scope
        assert result.scope.db.rows("select school, name, grades, day_start from school order by 1") == [
            ("s1", "Lincoln, North", ["02", "03"], 495), ("s2", "Roosevelt", None, None)]
        assert result.scope.db.rows("select distinct term, until_date::varchar from term order by 1") == [
            ("Fall", "2026-01-16"), ("Spring", "2026-06-12")]
        assert result.scope.db.rows("select staff, roles from person join assignment using (staff_no) order by 1, 2") == [
            ("u1", ["principal"]), ("u1", ["teacher"]), ("u2", ["counselor"])]


def test_mistakes_of_a_bundle_end_the_run(evaluated: Callable[..., Result]) -> None:
    """Nobody is judged on half a roster: the row is named, with the bundle that it stands in."""
    bundle = zipped_up({**V12, "roles.csv": ROLES + "r9,active,,u9,primary,teacher,,,s1,\n"})
    with pytest.raises(Mistakes, match=r"^bundle\.zip/roles\.csv:row 5: It refers to the user u9"):
        evaluated({"bundle.zip": bundle, **OWN}, roster=ROSTER.format(read="bundle.zip"))


def test_a_value_that_cannot_be_read_is_told_with_its_file(evaluated: Callable[..., Result]) -> None:
    """The row is that of the bundle's own file, in which students stand too."""
    role = "r8,active,,u1,primary,student,,,s1,\nr9,active,,u1,primary,teacher,09/01/2025,,s1,\n"
    with pytest.raises(Mistakes, match=r"bundle\.zip/roles\.csv:row 6: from '09/01/2025' cannot be read"):
        evaluated({"bundle.zip": zipped_up({**V12, "roles.csv": ROLES + role}), **OWN}, roster=ROSTER.format(read="bundle.zip"))


@pytest.mark.parametrize(("listing", "told"), [("teams", "knows no teams"), ("members", "knows no teams"), ("calendar", "schools, staff, terms")])
def test_what_a_bundle_does_not_hold(listing: str, told: str, tmp_path: Path) -> None:
    """Teams of teachers and days are not in it."""
    with pytest.raises(FidelityError, match=told):
        rows(tmp_path, listing, V11)


def test_it_is_declared_through_the_hook() -> None:
    """The reader takes folders, and claims no extension."""
    assert (ONEROSTER.folders, ONEROSTER.extensions) == (True, ())
