"""Expect: roster × school calendar × rule gives the grid, one cell per rule, subject and window."""

from fidelity_engine.stages.expect.frames import drop_grid, expect_in_frames
from fidelity_engine.stages.expect.grid import expect, grid_key, prepare, window_relation
from fidelity_engine.stages.expect.together import expect_together

__all__ = ["drop_grid", "expect", "expect_in_frames", "expect_together", "grid_key", "prepare", "window_relation"]
