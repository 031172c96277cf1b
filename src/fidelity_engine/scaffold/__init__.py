"""What `fidelity init` and `fidelity new` write: a small district, a rule with its tests, a plugin, next year's file."""

from fidelity_engine.scaffold.district import district_files
from fidelity_engine.scaffold.files import write_new
from fidelity_engine.scaffold.plugin import plugin_files
from fidelity_engine.scaffold.rule import with_rule
from fidelity_engine.scaffold.year import next_year

__all__ = ["district_files", "next_year", "plugin_files", "with_rule", "write_new"]
