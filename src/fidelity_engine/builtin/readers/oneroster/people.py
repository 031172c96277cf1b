"""Staff of a bundle: users.csv with a role and orgs (1.1), or roles.csv with one row per role and org (1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fidelity_engine.builtin.readers.oneroster.bundle import Bundle, Kept, applied
from fidelity_engine.builtin.readers.oneroster.places import Found, day_before, names
from fidelity_engine.builtin.readers.oneroster.table import Row, listed

NO_STAFF = ("student", "parent", "guardian", "relative")
COLUMNS = ["staff", "name", "school", "roles", "grades", "from", "until", "identifier", "school_identifier", "username", "email"]


class Assignment(NamedTuple):
    """Who holds which role where and when, and the row that says so."""

    user: str
    role: str
    org: str
    kept: Kept
    dates: Mapping[str, Any]


def staff(bundles: list[Bundle]) -> Found:
    """One row per person, school and role. Assignments to orgs that are no schools make no row."""
    found = Found(list(COLUMNS))
    orgs = applied(bundles, "orgs", found.rejected)
    by_roles = bundles[-1].version == "1.2"
    said = list(of_roles(bundles, found)) if by_roles else []
    theirs = {one.user for one in said}
    users = applied(bundles, "users", found.rejected, lambda row: row["sourcedid"] in theirs if by_roles else is_staff(row))
    schools = names(orgs)
    for one in said if by_roles else of_users(users):
        if one.org not in orgs:
            found.reject(one.kept, f"It refers to the org {one.org or '(none)'}, which the bundle does not have.")
        elif one.user not in users:
            found.reject(one.kept, f"It refers to the user {one.user or '(none)'}, whom the bundle does not have.")
        elif one.org in schools:
            found.add(one.kept, {**person(one.user, users[one.user]), "school": one.org, "roles": one.role,
                                 "school_identifier": schools[one.org], **one.dates})  # fmt: skip
    return found


def is_staff(row: Row) -> bool:
    """Whether the role is one of staff; rows of students are not kept."""
    return row["role"] != "" and row["role"].lower() not in NO_STAFF


def of_users(users: Mapping[str, Kept]) -> Iterator[Assignment]:
    """1.1: one role for all of a user's orgs."""
    for id_, kept in users.items():
        for org in listed(kept.row["orgsourcedids"]) or [""]:
            yield Assignment(id_, kept.row["role"], org, kept, {})


def of_roles(bundles: list[Bundle], found: Found) -> Iterator[Assignment]:
    """1.2: a row of roles.csv each."""
    for kept in applied(bundles, "roles", found.rejected, is_staff).values():
        row = kept.row
        dates = {"from": row["begindate"] or None, "until": day_before(row["enddate"])}
        yield Assignment(row["usersourcedid"], row["role"], row["orgsourcedid"], kept, dates)


def person(id_: str, kept: Kept) -> dict[str, Any]:
    """What a row of staff says about the person."""
    row = kept.row
    return {
        "staff": id_, "name": " ".join(part for part in (row["givenname"], row["familyname"]) if part) or None,
        "grades": listed(row["grades"]), "identifier": row["identifier"], "username": row["username"], "email": row["email"].lower(),
    }
