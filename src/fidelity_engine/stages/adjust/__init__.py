"""Adjust: what could be tried, what was agreed, whether it happened and helped; who pays, and who holds."""
