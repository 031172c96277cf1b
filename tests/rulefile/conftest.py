"""The shipped measure kinds as reading knows them, without the code that measures."""

from types import SimpleNamespace

import pytest

from fidelity_engine.model import inventory, measure

EVENTS = {
    "count": measure.CountParameters,
    "total": measure.TotalParameters,
    "share": measure.ShareParameters,
    "participation": measure.ParticipationParameters,
    "recency": measure.RecencyParameters,
    "gap": measure.GapParameters,
    "response": measure.ResponseParameters,
    "mean": measure.MeanParameters,
    "score": inventory.ScoreParameters,
    "agreement": inventory.AgreementParameters,
}
RULES = {"rollup": measure.RollupParameters, "signal": measure.SignalParameters}


def kind(name, parameters, reads_rules=lambda parameters: ()):
    """A kind that can be read and not measured."""
    return SimpleNamespace(name=name, parameters=parameters, doc=f"The kind {name}.", reads_rules=reads_rules)


@pytest.fixture
def kinds():
    """All shipped kinds by name."""
    found = {name: kind(name, parameters) for name, parameters in EVENTS.items()}
    return found | {name: kind(name, model, lambda given: (given.rule,)) for name, model in RULES.items()} | {
        "ladder": kind("ladder", measure.LadderParameters, lambda given: given.rules)}
