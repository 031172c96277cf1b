"""backtest: what the rules would have said on each date, and how another rule file would have differed."""

from fidelity_engine.views.backtest.account import lines
from fidelity_engine.views.backtest.past import Backtest, Change, Moment, Tally, backtest, dates

__all__ = ["Backtest", "Change", "Moment", "Tally", "backtest", "dates", "lines"]
