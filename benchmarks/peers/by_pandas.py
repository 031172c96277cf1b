"""The five rules with pandas.

    python -m benchmarks.peers.by_pandas DATA OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.days import END, START, TERMS
from benchmarks.shape import GUEST

FROM, UNTIL, SPRING = pd.Timestamp(START), pd.Timestamp(END), pd.Timestamp(TERMS[1][1])


class District:
    """What all rules look at, read once."""

    def __init__(self, data: Path) -> None:
        schools = pd.read_parquet(data / "schools.parquet")
        self.teams = pd.read_parquet(data / "teams.parquet", columns=["team", "school"]).merge(schools, on="school")[["team", "calendar"]]
        self.staff = _dated(pd.read_parquet(data / "staff.parquet").merge(schools, on="school"), "from", "until")
        self.days = self._days(data)
        self.events = pd.read_parquet(data / "events").drop(columns=["school_id", "grades", "protocol_used"])
        self.events["date"] = self.events.start_local.dt.normalize().astype("datetime64[us]")

    def _days(self, data: Path) -> pd.DataFrame:
        days = _dated(pd.read_parquet(data / "calendar.parquet"), "date").sort_values(["calendar", "date"])
        days["taught"] = days.kind.isin(["instructional", "partial"])
        days["judged"] = days.taught & days.date.between(FROM, UNTIL)
        days["ord"] = days.groupby("calendar").judged.cumsum()
        for name, column in (("opens", "day_start"), ("closes", "day_end")):
            days[name] = days[column].str[:2].astype("float") * 60 + days[column].str[3:5].astype("float")
        return days.drop(columns=["kind", "day_start", "day_end"])

    def of_type(self, kind: str) -> pd.DataFrame:
        """The events of a type, with team and calendar where the team is known."""
        return self.events[self.events.type == kind].rename(columns={"team_id": "team"})

    def months(self) -> pd.DataFrame:
        """team, month, taught days in it."""
        held = self.days[self.days.judged]
        counts = held.groupby(["calendar", _month(held.date).rename("month")]).size().rename("days").reset_index()
        return self.teams.merge(counts, on="calendar")


def _dated(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return table.assign(**{column: pd.to_datetime(table[column]).astype("datetime64[us]") for column in columns})


def _month(dates: pd.Series) -> pd.Series:
    return (dates - pd.to_timedelta(dates.dt.day - 1, unit="D")).clip(lower=FROM).astype("datetime64[us]")


def _told(subject: pd.Series, window: object, numerator: pd.Series, denominator: object, verdict: object) -> pd.DataFrame:
    found = {"subject": subject, "window_start": window, "numerator": numerator, "denominator": denominator, "verdict": verdict}
    table = pd.DataFrame(found)
    return table.assign(window_start=pd.to_datetime(table.window_start).dt.date)


def collaboration(district: District) -> pd.DataFrame:
    """Three meetings a week of half an hour or more within the school day."""
    held = district.days[district.days.judged]
    held = held.assign(week=held.date - pd.to_timedelta(held.date.dt.weekday, unit="D"))
    met = district.of_type("meeting")
    met = met[met.duration_min >= 30].merge(district.teams, on="team").merge(held, on=["calendar", "date"])
    began = met.start_local.dt.hour * 60 + met.start_local.dt.minute
    met = met[(began >= met.opens) & (began + met.duration_min <= met.closes)]
    weeks = district.teams.merge(held[["calendar", "week"]].drop_duplicates(), on="calendar")
    weeks = weeks.merge(met.groupby(["team", "week"]).size().rename("n").reset_index(), how="left", on=["team", "week"])
    n = weeks.n.fillna(0)
    return _told(weeks.team, weeks.week, n, 1, np.where(n >= 3, "met", "missed"))


def joint_attendance(district: District) -> pd.DataFrame:
    """A general and a special educator at one table, once a month."""
    came = district.of_type("meeting")[["event_id", "team", "date", "participants"]].explode("participants")
    came = came.astype({"participants": "float"}).merge(district.staff, left_on="participants", right_on="staff")
    came = came[(came.date >= came["from"]) & (came.until.isna() | (came.date <= came.until))]
    came = came.assign(general=came.roles == "general_ed", special=came.roles == "special_ed")
    both = came.groupby(["event_id", "team", "date"], as_index=False)[["general", "special"]].any()
    both = both[both.general & both.special]
    months = district.months().merge(
        both.groupby(["team", _month(both.date).rename("month")]).size().rename("n").reset_index(), how="left", on=["team", "month"])
    n, long = months.n.fillna(0), months.days >= 5
    verdict = np.select([~long, n >= 1], ["not_applicable", "met"], "missed")
    return _told(months.team, months.month, n.where(long), 1, verdict)


def norms_cadence(district: District) -> pd.DataFrame:
    """At most sixty school days between two reviews, counted from the first and to the last day too."""
    reviews = district.of_type("norm_review").merge(district.teams, on="team").merge(district.days, on=["calendar", "date"])
    reviews = reviews.assign(before=reviews.ord - reviews.judged)[["team", "ord", "before"]]
    ends = district.teams.merge(district.days.groupby("calendar").ord.max().reset_index(), on="calendar")
    points = pd.concat([reviews, ends.assign(ord=0, before=0)[["team", "ord", "before"]], ends.assign(before=ends.ord)[["team", "ord", "before"]]])
    points = points.sort_values(["team", "ord", "before"])
    gap = (points.before - points.groupby("team").ord.shift()).clip(lower=0)
    most = gap.groupby(points.team).max()
    return _told(most.index.to_series(), FROM, most, 1, np.where(most <= 60, "met", "missed"))


def training_reach(district: District) -> pd.DataFrame:
    """Four in five of those who were there for half a term took part in a training; a guest may have been anybody."""
    there = pd.concat([_there(district, pd.Timestamp(first), pd.Timestamp(last)) for _, first, last in TERMS])
    came = district.of_type("training")[["event_id", "date", "participants"]].explode("participants").rename(columns={"participants": "staff"})
    came = came.astype({"staff": "float"}).merge(district.staff[["staff", "school", "from", "until"]], how="left", on="staff")
    came["first"] = np.where(came.date < SPRING, FROM, SPRING)
    came["active"] = (came.date >= came["from"]) & (came.until.isna() | (came.date <= came.until))
    came["guest"] = came.staff == GUEST
    ours = came.groupby("event_id").agg(active=("active", "any"), home=("school", "first"), blind=("guest", "any"))
    counted = came[["event_id", "first", "staff"]].merge(ours[ours.active], left_on="event_id", right_index=True)
    blind = counted.groupby(["home", "first"]).blind.any().rename_axis(["school", "first"]).reset_index()
    sure = counted[["first", "staff"]].drop_duplicates().assign(came=True)
    reach = there.merge(sure, how="left", on=["first", "staff"]).assign(came=lambda table: table.came.eq(True))
    reach = reach.groupby(["school", "first"]).came.agg(["sum", "size"]).reset_index().merge(blind, how="left", on=["school", "first"])
    verdict = np.select([5 * reach["sum"] >= 4 * reach["size"], reach.blind.eq(True)], ["met", "no_data"], "missed")
    return _told(reach.school, reach["first"], reach["sum"], reach["size"], verdict)


def _there(district: District, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """School and person of those who were there for half of a term."""
    ords = district.days.set_index(["calendar", "date"]).ord
    staff = district.staff
    ends = {name: ords.reindex(pd.MultiIndex.from_arrays([staff.calendar, dates])).to_numpy() for name, dates in (
        ("ord0", np.full(len(staff), first - pd.Timedelta(days=1))), ("ord1", np.full(len(staff), last)),
        ("lo", staff["from"] - pd.Timedelta(days=1)), ("hi", staff.until))}  # fmt: skip
    low = np.where((staff["from"] > first) & ~np.isnan(ends["lo"]), ends["lo"], ends["ord0"])
    high = np.where((staff.until < last) & ~np.isnan(ends["hi"]), ends["hi"], ends["ord1"])
    return staff[2 * (high - low) >= ends["ord1"] - ends["ord0"]][["school", "staff"]].assign(first=first)


def training_follows_need(district: District) -> pd.DataFrame:
    """Every need is answered by a training of the team within thirty days, or by the school day after them."""
    taught = district.days[district.days.taught][["calendar", "date"]].rename(columns={"date": "due"}).sort_values("due")
    needs = district.of_type("need_identified")[["team", "date"]].merge(district.teams, on="team")
    needs = needs.assign(earliest=needs.date + pd.Timedelta(days=30)).sort_values("earliest")
    needs = pd.merge_asof(needs, taught, left_on="earliest", right_on="due", by="calendar", direction="forward")
    needs = needs[needs.due <= UNTIL].sort_values("date").astype({"team": "int64"})
    answers = district.of_type("training")[["team", "date"]].rename(columns={"date": "answer"}).sort_values("answer").astype({"team": "int64"})
    told = pd.merge_asof(needs, answers, left_on="date", right_on="answer", by="team", direction="forward")
    told = told.assign(month=_month(told.due), answered=told.answer <= told.due)
    counts = told.groupby(["team", "month"]).answered.agg(["sum", "size"]).reset_index()
    months = district.months().merge(counts, how="left", on=["team", "month"])
    judged = (months.days >= 5) & months["size"].notna()
    verdict = np.select([~judged, months["sum"] == months["size"]], ["not_applicable", "met"], "missed")
    return _told(months.team, months.month, months["sum"].where(judged), months["size"].where(judged), verdict)


RULES = {
    "r1.collaboration": collaboration, "r2.joint-attendance": joint_attendance, "r3.norms-cadence": norms_cadence,
    "r4.training-reach": training_reach, "r5.training-follows-need": training_follows_need,
}  # fmt: skip


def run(data: Path, out: Path) -> None:
    """Answer the five rules."""
    district = District(data)
    for rule, asked in RULES.items():
        (out / rule).mkdir(parents=True, exist_ok=True)
        asked(district).to_parquet(out / rule / "part-0000.parquet", index=False)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
