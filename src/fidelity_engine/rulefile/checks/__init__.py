"""What must hold between the sections of a rule file."""

from fidelity_engine.rulefile.checks.events import check_events
from fidelity_engine.rulefile.checks.expectations import check_expectations
from fidelity_engine.rulefile.checks.fits import check_fits
from fidelity_engine.rulefile.checks.names import check_names
from fidelity_engine.rulefile.checks.reads import check_reads
from fidelity_engine.rulefile.checks.series import check_series
from fidelity_engine.rulefile.checks.targets import check_targets

__all__ = ["check_events", "check_expectations", "check_fits", "check_names", "check_reads", "check_series", "check_targets"]
