"""What a member is recognised by on the air."""

from dataclasses import dataclass, field

from hub.wire.presence import IdScheme


@dataclass(frozen=True, slots=True)
class EidKey:
    """A rotating identifier (Eddystone-EID).

    Attributes:
        ik: identity key, 16 bytes.
        k: rotation exponent: a new identifier every 2^k seconds of the beacon's clock.
        epoch_s: store time at which the beacon's clock stood at 0.
        model: the tag's make, a name of the configuration's `tag_models`; None when nobody has said.
    """

    ik: bytes = field(repr=False)
    k: int
    epoch_s: float
    model: str | None = None


@dataclass(frozen=True, slots=True)
class StaticKey:
    """An identifier that never changes: anybody can copy and follow it, so it is of low assurance.

    Attributes:
        until_s: the first moment at which the permission for fixed identifiers no longer holds; None for no end.
        model: see `EidKey`.
    """

    scheme: IdScheme
    identifier: bytes = field(repr=False)
    until_s: float | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class MemberKeys:
    """Everything one member may be recognised by, while their permission holds.

    Attributes:
        until_s: the first moment the permission no longer holds; None for no end.
    """

    member_id: str
    keys: tuple[EidKey | StaticKey, ...]
    until_s: float | None = None
