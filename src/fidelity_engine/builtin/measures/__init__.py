"""The measures that ship with the engine, declared through the same hook as a district's own."""

from __future__ import annotations

from fidelity_engine.builtin.measures import sentences
from fidelity_engine.builtin.measures.agreement import agreement
from fidelity_engine.builtin.measures.count import count, mean, total
from fidelity_engine.builtin.measures.distance import gap, recency
from fidelity_engine.builtin.measures.ladder import ladder
from fidelity_engine.builtin.measures.participation import participation
from fidelity_engine.builtin.measures.response import response
from fidelity_engine.builtin.measures.rollup import rollup
from fidelity_engine.builtin.measures.score import score
from fidelity_engine.builtin.measures.share import share
from fidelity_engine.links import Ask
from fidelity_engine.model import inventory
from fidelity_engine.model import measure as parameters
from fidelity_engine.plugin.spec import MeasureKind, hookimpl


def _signal(ask: Ask) -> str:
    # the charts are imported where a rule asks for one
    from fidelity_engine.builtin.measures.signal import signal

    return signal(ask)


KINDS = (
    MeasureKind(
        "count", parameters.CountParameters, "events", "How many matching events; with `distinct`, how many different values.",
        table=count, sentence=sentences.count, scales="whole", grows="raises",
    ),
    MeasureKind(
        "total", parameters.TotalParameters, "field", "Sum of a numeric field.",
        table=total, sentence=sentences.total, scales="exact", grows="raises",
    ),
    MeasureKind(
        "share", parameters.ShareParameters, "share", "Share of matching events for which `having` holds.",
        table=share, sentence=sentences.share,
    ),
    MeasureKind(
        "participation", parameters.ParticipationParameters, "share",
        "Share of those expected who took part: per person, per event, or per (anonymous) answer.",
        table=participation, sentence=sentences.participation,
    ),
    MeasureKind(
        "recency", parameters.RecencyParameters, "days", "Days since the last matching event.",
        table=recency, sentence=sentences.recency, grows="lowers",
    ),
    MeasureKind(
        "gap", parameters.GapParameters, "days", "The longest stretch of days without a matching event.",
        table=gap, sentence=sentences.gap, grows="lowers",
    ),
    MeasureKind(
        "response", parameters.ResponseParameters, "share", "Share of triggers that were answered in time.",
        table=response, sentence=sentences.response,
    ),
    MeasureKind(
        "mean", parameters.MeanParameters, "field", "Mean of a numeric field, at least `min_n` values.",
        table=mean, sentence=sentences.mean,
    ),
    MeasureKind(
        "rollup", parameters.RollupParameters, "share", "How the subjects below fare in another rule.",
        table=rollup, sentence=sentences.rollup, reads_rules=lambda p: (p.rule,),
    ),
    MeasureKind(
        "signal", parameters.SignalParameters, "signal", "1 where a test says that another rule's series shifted for the worse, else 0.",
        table=_signal, sentence=sentences.signal, reads_rules=lambda p: (p.rule,),
    ),
    MeasureKind(
        "ladder", parameters.LadderParameters, "rungs", "The best rung of a practice's ladder all of whose rules are met.",
        table=ladder, sentence=sentences.ladder, reads_rules=lambda p: p.rules,
    ),
    MeasureKind(
        "score", inventory.ScoreParameters, "share", "Score of an inventory, as a share of its maximum.",
        table=score, sentence=sentences.score,
    ),
    MeasureKind(
        "agreement", inventory.AgreementParameters, "agreement", "How far two raters agree.",
        table=agreement, sentence=sentences.agreement,
    ),
)


@hookimpl
def fidelity_measures() -> tuple[MeasureKind, ...]:
    """The nine kinds of chapter 2, and the four of chapter 5."""
    return KINDS
