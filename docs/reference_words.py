"""What the reference says of columns and codes: the code has their names, this has a sentence for each."""

from __future__ import annotations

VERDICTS = {
    "met": "the target was reached",
    "missed": "the window is over, the sources were alive, and even the kindest reading of the evidence falls short",
    "open": "the window is not over, or records of it may still arrive",
    "at_risk": "not over, and it can hardly be reached any more",
    "no_data": "nobody can tell: a source was silent, or fields that decide are missing",
    "not_applicable": "nothing to judge: too short, no target, nothing to measure",
    "error": "the measure raised, or gave something that is no number",
}

LINES = {
    "fewer school days than `skip_below`, or an `at_least` that scales to nothing": "`not_applicable`",
    "the measure raised, or gave nothing valid": "`error`",
    "a `reference` in place of a target, or none yet": "`not_applicable`",
    "good, and closed and covered; or no further record can take it away": "`met`",
    "bad, and closed and covered; or no further record can mend it": "`missed`",
    "a source was silent": "`no_data`",
    "not closed; or closed, and records may still arrive": "`open` or `at_risk`",
    "nothing to measure, or too little": "what `if_none` says, or `not_applicable`",
    "neither good nor bad: what is missing decides": "what `if_unknown` says: `no_data` or `missed`",
}
"""What is asked of a cell, in this order, and its verdict where it holds."""

REASONS = {
    "short_window": "fewer counted days than `skip_below`, or a target that scales to none",
    "no_target": "a `reference`, or a date before the first dated target",
    "nothing_to_measure": "a share or mean of nothing; `if_none` says what then",
    "too_few": "fewer matching events than `min_events`",
    "suppressed": "fewer values than `min_n`",
    "ceiling": "more than half of a series' points are at an end of the scale, so that no shift could show",
    "silent": "a source that the rule needs was dead",
    "unknown_fields": "events lack a field that would decide",
    "children_no_data": "the cells below cannot be judged",
    "awaiting_evidence": "the window is over, and a source has not been heard of since",
    "plugin": "the measure of a plugin raised, or is not loaded",
}

CELL = {
    "rule": "id of the rule",
    "subject_kind": "team, grade, school, staff or district",
    "subject": "id of the subject; `school/grade` for a grade",
    "school": "its school, the first by id where it has several; empty for the district",
    "window_start": "first day of the window, clipped to the period",
    "window_end": "last day of the window, included",
    "days": "instructional days that count",
    "closes_on": "the last of them",
    "due": "when the cell is decided: `closes_on` plus the grace",
    "low": "what the evidence surely shows",
    "high": "what it shows at most; empty where nothing bounds it",
    "value": "the end of the range that is worse for the target",
    "numerator": "of `value`, where it is a share or mean",
    "denominator": "of `value`, where it is a share or mean",
    "unit": "of `value`",
    "required": "the target, scaled to the window; `a..b` for `between`",
    "level": "the best level that is reached",
    "verdict": "see [verdicts](#verdicts)",
    "reason": "a code, then `: ` and a sentence; see [reasons](#reasons)",
    "disposition": "`active`, `waived`, or `disputed` for the ten school days that a dispute rests",
    "events": "how many events matched",
}

FINDING = {
    "finding_id": "twelve hex digits; the same as long as the episode is the same",
    "about": "`practice`, `source`, `engine`, `adjustment` or `calendar`",
    "rule": "id of the rule",
    "title": "the rule's sentence",
    "practice": "the routine that the rule belongs to",
    "dimension": "which side of it",
    "subject_kind": "team, grade, school, staff or district",
    "subject": "id of the subject",
    "subject_name": "its name on the roster",
    "school": "its school",
    "students": "how many students are behind it",
    "since": "first missed window",
    "until": "last day of the last missed window",
    "windows_missed": "how many windows were missed",
    "confirmed_on": "last day of the last judged window",
    "state": "`open`, `resolved`, `paused`; with a store also `withdrawn`, `held` and `expired`",
    "value": "of the last missed cell",
    "required": "of the last missed cell",
    "unit": "of both",
    "level": "the level reached",
    "severity": "`low`, `medium`, `high` or `critical`",
    "owner": "who holds the rule's role at the school",
    "due": "by when somebody should have acted",
    "message": "the sentence that a report shows",
    "outcomes_at_risk": "the outcomes that depend on it, nearest first",
    "proposed_adjustment": "what could be tried next: id, text, owner, due, done_when, expect_effect, prediction",
    "evidence_ids": "the newest 20 events and their number",
    "evidence_unlinked": "events that could not be linked",
    "run_id": "the run that said so",
    "as_of": "the moment that the run was about",
}

DERIVED = {
    "source": "name of the source in the rule file",
    "date": "local date of `start`",
    "weekday": "`mon` to `sun`",
    "week": "the Monday of its week",
    "day_kind": "what the calendar says of the date at the event's school; of several rows the closing one",
    "in_school_day": "whether it lies wholly inside the bell times; false on a date without school; unknown without end or bell times",
    "grade_count": "how many different `grades`",
    "roles": "the different roles that its known participants hold on that date",
}

CANONICAL = {
    "id": "the source's own; derived from the row where it has none",
    "type": "what kind of event; a source with one type in `delivers` needs none",
    "start": "required",
    "end": "or `minutes`: either gives the other",
    "minutes": "or `end`; without both it is unknown how long the event took",
    "school": "id of the roster, or a list; without it the team's, else that of all participants",
    "team": "id of the roster, or a list: an event of two teams counts for both",
    "participants": "ids of staff; missing is unknown, an empty list is nobody",
    "grades": "`PK`, `KG`, `01` to `12`; `3` and `K` become `03` and `KG`; without them those of the participants, else of the team",
    "status": "`held` (default), `planned`, `cancelled`; what starts after `as_of` is planned",
    "recorded_at": "when it became known; without it `start`",
}

OPERATORS = {
    "eq": "equals; `field: value` is short for it",
    "ne": "is not",
    "gt": "greater",
    "gte": "greater or equal",
    "lt": "less",
    "lte": "less or equal",
    "between": "`[a, b]`, both included",
    "in": "one of; `field: [a, b]` is short for it",
    "not_in": "none of",
    "contains": "text: has this in it; list: has this value",
    "any_of": "has at least one of these",
    "all_of": "has all of these",
    "none_of": "has none of these",
    "matches": "the whole value fits this regular expression (RE2)",
    "present": "`true` or `false`: whether there is a value; never unknown",
}
