"""A choice among the members of an enumeration, spoken by value."""

from enum import StrEnum
from typing import TypeVar

import click

E = TypeVar("E", bound=StrEnum)


class Spoken(click.Choice[E]):
    """Like `click.Choice`, which would offer the names of the Python members instead."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's signature
        """The word people type and read."""
        return str(choice)
