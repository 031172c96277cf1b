"""The nine measures that ship with the engine, declared through the same hook as a district's own."""

from __future__ import annotations

from fidelity_engine.builtin.measures.count import count, mean, total
from fidelity_engine.builtin.measures.distance import gap, recency
from fidelity_engine.builtin.measures.participation import participation
from fidelity_engine.builtin.measures.response import response
from fidelity_engine.builtin.measures.rollup import rollup
from fidelity_engine.builtin.measures.share import share
from fidelity_engine.model import measure as parameters
from fidelity_engine.plugin.spec import MeasureKind, hookimpl

KINDS = (
    MeasureKind(
        "count", parameters.CountParameters, "events", "How many matching events; with `distinct`, how many different values.",
        table=count, scales="whole", grows="raises",
    ),
    MeasureKind("total", parameters.TotalParameters, "field", "Sum of a numeric field.", table=total, scales="exact", grows="raises"),
    MeasureKind("share", parameters.ShareParameters, "share", "Share of matching events for which `having` holds.", table=share),
    MeasureKind(
        "participation", parameters.ParticipationParameters, "share",
        "Share of those expected who took part: per person, per event, or per (anonymous) answer.", table=participation,
    ),
    MeasureKind(
        "recency", parameters.RecencyParameters, "days", "Days since the last matching event.", table=recency, grows="lowers",
    ),
    MeasureKind(
        "gap", parameters.GapParameters, "days", "The longest stretch of days without a matching event.", table=gap, grows="lowers",
    ),
    MeasureKind(
        "response", parameters.ResponseParameters, "share", "Share of triggers that were answered in time.", table=response,
    ),
    MeasureKind("mean", parameters.MeanParameters, "field", "Mean of a numeric field, at least `min_n` values.", table=mean),
    MeasureKind(
        "rollup", parameters.RollupParameters, "share", "How the subjects below fare in another rule.", table=rollup,
        reads_rules=lambda p: (p.rule,),
    ),
)


@hookimpl
def fidelity_measures() -> tuple[MeasureKind, ...]:
    """The nine kinds of chapter 2."""
    return KINDS
