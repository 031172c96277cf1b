"""Carrying over: a nightly run takes from the last one what cannot have changed, and works out the rest.

A *place* is where events are: type, school and date. The last run leaves a fingerprint of the events of each place, and
its verdicts. From what differs follows per rule and school a date, the *horizon*: cells whose window ends before it are
carried over as they are, all others are made anew.
"""


class NotCarried(Exception):
    """What was begun on the former state does not hold: the run begins again, in full."""
