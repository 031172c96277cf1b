"""The five rules with other tools, each in its own words."""
