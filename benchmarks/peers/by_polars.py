"""The five rules with Polars, lazily, on its streaming engine.

    python -m benchmarks.peers.by_polars DATA OUT
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.days import END, START, TERMS
from benchmarks.shape import GUEST

SPRING = TERMS[1][1]
MONTH = pl.max_horizontal(pl.col("date").dt.truncate("1mo"), pl.lit(START))


def days(data: Path) -> pl.LazyFrame:
    """calendar, date → whether it is taught, how many taught days of the period are over, bell times in minutes."""
    taught = pl.col("kind").is_in(["instructional", "partial"])
    minutes = {name: 60 * pl.col(name).str.slice(0, 2).cast(pl.Int16) + pl.col(name).str.slice(3, 2).cast(pl.Int16) for name in ("day_start", "day_end")}
    judged = taught & pl.col("date").is_between(START, END)
    return (
        pl.scan_parquet(data / "calendar.parquet").sort("calendar", "date")
        .with_columns(taught=taught, judged=judged, ord=judged.cast(pl.Int32).cum_sum().over("calendar"), opens=minutes["day_start"], closes=minutes["day_end"])
        .collect().lazy()
    )  # fmt: skip


def teams(data: Path) -> pl.LazyFrame:
    """team → calendar."""
    return pl.scan_parquet(data / "teams.parquet").join(pl.scan_parquet(data / "schools.parquet"), on="school").select("team", "calendar")


def events(data: Path, *types: str) -> pl.LazyFrame:
    """The events of some types, with their date."""
    found = pl.scan_parquet(data / "events" / "*.parquet").filter(pl.col("type").is_in(types))
    return found.with_columns(date=pl.col("start_local").dt.date(), team=pl.col("team_id").cast(pl.Int64))


def months(data: Path) -> pl.LazyFrame:
    """team, month, taught days in it."""
    held = days(data).filter("judged").group_by("calendar", month=MONTH).agg(days=pl.len())
    return teams(data).join(held, on="calendar").select("team", "month", "days")


def collaboration(data: Path) -> pl.LazyFrame:
    """Three meetings a week of half an hour or more within the school day."""
    held = days(data).filter("judged").with_columns(week=pl.col("date").dt.truncate("1w"))
    began = pl.col("start_local").dt.hour().cast(pl.Int16) * 60 + pl.col("start_local").dt.minute()
    met = (
        events(data, "meeting").filter(pl.col("duration_min") >= 30)
        .join(teams(data), on="team").join(held.select("calendar", "date", "week", "opens", "closes"), on=["calendar", "date"])
        .filter((began >= pl.col("opens")) & (began + pl.col("duration_min") <= pl.col("closes")))
        .group_by("team", "week").agg(n=pl.len())
    )  # fmt: skip
    weeks = teams(data).join(held.select("calendar", "week").unique(), on="calendar")
    n = pl.col("n").fill_null(0)
    return weeks.join(met, on=["team", "week"], how="left").select(
        subject="team", window_start="week", numerator=n, denominator=1, verdict=pl.when(n >= 3).then(pl.lit("met")).otherwise(pl.lit("missed")))


def joint_attendance(data: Path) -> pl.LazyFrame:
    """A general and a special educator at one table, once a month."""
    staff = pl.scan_parquet(data / "staff.parquet").select(participants=pl.col("staff").cast(pl.Int32), role="roles", since="from", until="until")
    came = (
        events(data, "meeting").select("event_id", "team", "date", "participants").explode("participants")
        .join(staff, on="participants")
        .filter((pl.col("date") >= pl.col("since")) & (pl.col("until").is_null() | (pl.col("date") <= pl.col("until"))))
        .group_by("event_id", "team", "date").agg(general=(pl.col("role") == "general_ed").any(), special=(pl.col("role") == "special_ed").any())
        .filter(pl.col("general") & pl.col("special"))
        .group_by("team", month=MONTH).agg(n=pl.len())
    )  # fmt: skip
    n, long = pl.col("n").fill_null(0), pl.col("days") >= 5
    verdict = pl.when(~long).then(pl.lit("not_applicable")).when(n >= 1).then(pl.lit("met")).otherwise(pl.lit("missed"))
    return months(data).join(came, on=["team", "month"], how="left").select(
        subject="team", window_start="month", numerator=pl.when(long).then(n), denominator=1, verdict=verdict)


def norms_cadence(data: Path) -> pl.LazyFrame:
    """At most sixty school days between two reviews, counted from the first and to the last day too."""
    reviews = events(data, "norm_review").join(teams(data), on="team").join(days(data), on=["calendar", "date"]).select(
        "team", "ord", before=pl.col("ord") - pl.col("judged").cast(pl.Int32))
    ends = teams(data).join(days(data).group_by("calendar").agg(last=pl.col("ord").max()), on="calendar")
    first, last = ends.select("team", ord=pl.lit(0, pl.Int32), before=pl.lit(0, pl.Int32)), ends.select("team", ord="last", before="last")
    gap = pl.col("before") - pl.col("ord").shift(1).over("team")
    most = pl.concat([reviews, first, last]).sort("team", "ord", "before").with_columns(gap=gap).group_by("team").agg(n=pl.col("gap").clip(0).max())
    return most.select(subject="team", window_start=pl.lit(START), numerator="n", denominator=1,
                       verdict=pl.when(pl.col("n") <= 60).then(pl.lit("met")).otherwise(pl.lit("missed")))


def training_reach(data: Path) -> pl.LazyFrame:
    """Four in five of those who were there for half a term took part in a training; a guest may have been anybody."""
    staff = pl.scan_parquet(data / "staff.parquet").join(pl.scan_parquet(data / "schools.parquet"), on="school")
    held = days(data).select("calendar", "date", "ord").collect()
    whole = pl.concat([_term(held, first, last) for _, first, last in TERMS])
    before = held.lazy().select("calendar", pl.col("date").alias("eve"), lo=pl.col("ord"))
    until = held.lazy().select("calendar", pl.col("date").alias("until"), hi=pl.col("ord"))
    there = (
        staff.join(whole.lazy(), on="calendar").with_columns(eve=pl.col("from") - timedelta(1))
        .join(before, on=["calendar", "eve"], how="left").join(until, on=["calendar", "until"], how="left")
        .with_columns(lo=pl.when(pl.col("from") > pl.col("first")).then("lo").otherwise(None).fill_null(pl.col("ord0")),
                      hi=pl.when(pl.col("until") < pl.col("last")).then("hi").otherwise(None).fill_null(pl.col("ord1")))
        .filter(2 * (pl.col("hi") - pl.col("lo")) >= pl.col("ord1") - pl.col("ord0")).select("school", "first", "staff")
    )  # fmt: skip
    first = pl.when(pl.col("date") < SPRING).then(pl.lit(START)).otherwise(pl.lit(SPRING))
    came = (
        events(data, "training").select("event_id", "date", first=first, staff=pl.col("participants")).explode("staff")
        .with_columns(pl.col("staff").cast(pl.Int64)).join(staff.select("staff", "school", "from", "until"), on="staff", how="left")
        .with_columns(active=((pl.col("date") >= pl.col("from")) & (pl.col("until").is_null() | (pl.col("date") <= pl.col("until")))).fill_null(False))
    ).collect().lazy()  # fmt: skip
    ours = came.group_by("event_id").agg(counted=pl.col("active").any(), home=pl.col("school").drop_nulls().first(), blind=(pl.col("staff") == GUEST).any())
    counted = came.join(ours.filter("counted"), on="event_id")
    blind = counted.group_by(pl.col("home").alias("school"), "first").agg(blind=pl.col("blind").any())
    sure = counted.select("first", "staff").unique().with_columns(came=pl.lit(True))
    reach = there.join(sure, on=["first", "staff"], how="left").group_by("school", "first").agg(n=pl.col("came").fill_null(False).sum(), of=pl.len())
    met = pl.when(5 * pl.col("n") >= 4 * pl.col("of")).then(pl.lit("met")).when(pl.col("blind").fill_null(False)).then(pl.lit("no_data"))
    return reach.join(blind, on=["school", "first"], how="left").select(
        subject="school", window_start="first", numerator="n", denominator="of", verdict=met.otherwise(pl.lit("missed")))


def _term(held: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    inside = held.filter(pl.col("date").is_between(first, last))
    start = held.filter(pl.col("date") == first - timedelta(1)).select("calendar", ord0="ord")
    return inside.group_by("calendar").agg(ord1=pl.col("ord").max()).join(start, on="calendar").with_columns(first=pl.lit(first), last=pl.lit(last))


def training_follows_need(data: Path) -> pl.LazyFrame:
    """Every need is answered by a training of the team within thirty days, or by the school day after them."""
    taught = days(data).filter("taught").select("calendar", due="date").sort("due")
    needs = (
        events(data, "need_identified").select("team", "date").join(teams(data), on="team").with_columns(earliest=pl.col("date") + timedelta(30))
        .sort("earliest").join_asof(taught, left_on="earliest", right_on="due", by="calendar", strategy="forward", coalesce=False)
        .filter(pl.col("due") <= END)
    )  # fmt: skip
    answers = events(data, "training").select("team", answer="date").sort("answer")
    month = pl.max_horizontal(pl.col("due").dt.truncate("1mo"), pl.lit(START))
    told = (
        needs.sort("date").join_asof(answers, left_on="date", right_on="answer", by="team", strategy="forward", coalesce=False)
        .group_by("team", month=month).agg(n=pl.len(), a=(pl.col("answer") <= pl.col("due")).fill_null(False).sum())
    )  # fmt: skip
    judged = (pl.col("days") >= 5) & pl.col("n").is_not_null()
    verdict = pl.when(~judged).then(pl.lit("not_applicable")).when(pl.col("a") == pl.col("n")).then(pl.lit("met")).otherwise(pl.lit("missed"))
    return months(data).join(told, on=["team", "month"], how="left").select(
        subject="team", window_start="month", numerator=pl.when(judged).then("a"), denominator=pl.when(judged).then("n"), verdict=verdict)


RULES = {
    "r1.collaboration": collaboration, "r2.joint-attendance": joint_attendance, "r3.norms-cadence": norms_cadence,
    "r4.training-reach": training_reach, "r5.training-follows-need": training_follows_need,
}  # fmt: skip


def run(data: Path, out: Path) -> None:
    """Answer the five rules."""
    for rule, asked in RULES.items():
        (out / rule).mkdir(parents=True, exist_ok=True)
        asked(data).collect(engine="streaming").write_parquet(out / rule / "part-0000.parquet")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
