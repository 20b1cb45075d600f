"""What the till asks of the other parts of the hub. `hub.store.people` and `hub.permission` answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the rest of the hub noticed, for IT; see `HealthOut`."""

    other_versions: Mapping[str, str]
    suspected: int


class Person(Protocol):
    """A member and the account (their household's counters and points) they buy on: 16 hex characters."""

    @property
    def member_id(self) -> str:
        """The person."""
        ...

    @property
    def account_id(self) -> str:
        """Whose counters and points."""
        ...


class PeoplePort(Protocol):
    """Who a card belongs to."""

    def by_card(self, code: str) -> Person | None:
        """The member whose card in force has this code; None for an unknown or blocked one."""
        ...


class MembershipPort(Protocol):
    """Whether the contract of membership stands (purpose `membership` at touchpoint `till`)."""

    def membership_allowed(self, member_id: str, now_s: float) -> str | None:
        """The id of the permission record that allows it, or None."""
        ...
