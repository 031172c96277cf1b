"""An account of every source: what became of its rows, when it was last heard of, and on which days one cannot tell."""

from __future__ import annotations

from fidelity_engine.views.sources.account import Example, SourceAccount, Stretch, accounts
from fidelity_engine.views.sources.page import page_of
from fidelity_engine.views.sources.weeks import Week

__all__ = ["Example", "SourceAccount", "Stretch", "Week", "accounts", "page_of"]
