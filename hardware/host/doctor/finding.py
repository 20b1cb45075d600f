"""What the doctor says: one finding a check, with its state, what was seen, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but something will go wrong some day."""
    PROBLEM = "problem"
    """Something does not work now."""
    SKIPPED = "skipped"
    """Could not be looked at; `observed` says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: a stable name for programs, `area.detail`, such as `disk.space`.
        state: see `State`.
        observed: what was seen, with values and units; never an identifier, a key or an address of a radio.
        fix: one sentence with a concrete step; there is one exactly for a warning or a problem.
        about: the file it concerns; "" for the machine itself.
    """

    check: str
    state: State
    observed: str
    fix: str | None = None
    about: str = ""

    def __post_init__(self) -> None:
        assert (self.fix is not None) == (self.state in {State.WARNING, State.PROBLEM}), self.check


def ok(check: str, observed: str) -> Finding:
    """It is as it should be."""
    return Finding(check, State.OK, observed)


def warning(check: str, observed: str, fix: str) -> Finding:
    """It works, but should be mended."""
    return Finding(check, State.WARNING, observed, fix)


def problem(check: str, observed: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(check, State.PROBLEM, observed, fix)


def skipped(check: str, why: str) -> Finding:
    """It was not looked at."""
    return Finding(check, State.SKIPPED, why)
