"""Fobs and phones: the keys by which somebody is recognised on the air, kept only while they may be used."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from hardware.beacon.eid import KEY_BYTES as EID_KEY_BYTES
from hardware.beacon.eid import MAX_EXPONENT
from hardware.host.errors import DataError
from hub.presence.keys import EidKey, StaticKey
from hub.store.people_tables import PeopleTables
from hub.store.vault import Sealed
from hub.wire.presence import IdScheme

STATIC_BYTES: Final = {IdScheme.EDDYSTONE_UID: 16, IdScheme.IBEACON: 20}
"""Eddystone-UID: namespace 10 and instance 6; iBeacon: UUID 16, major 2, minor 2."""


class _EidSecret(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["eid"] = "eid"
    ik: str
    k: int
    epoch_s: float
    model: str | None = None


class _StaticSecret(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["static"] = "static"
    scheme: IdScheme
    identifier: str
    model: str | None = None


_SECRET: TypeAdapter[_EidSecret | _StaticSecret] = TypeAdapter(
    Annotated[_EidSecret | _StaticSecret, Field(discriminator="kind")]
)


@dataclass(frozen=True, slots=True)
class FobStore:
    """The fobs of all members."""

    tables: PeopleTables

    def check_eid(self, ik: bytes, k: int) -> None:
        """Raise what `add_eid` would, before anything is written."""
        if len(ik) != EID_KEY_BYTES:
            raise DataError(
                f"a fob key has {EID_KEY_BYTES} bytes, not {len(ik)}", fix="give 32 hexadecimal digits"
            )
        if not 0 <= k <= MAX_EXPONENT:
            raise DataError(
                f"rotation exponent K = {k} is not within 0 … {MAX_EXPONENT}", fix="see the tag's data sheet"
            )
        index = self.tables.vault.index("fob", ik)
        if self.tables.read().execute("SELECT 1 FROM fobs WHERE key_index = ?", [index]).fetchone():
            raise _registered()

    def add_eid(self, member_id: str, ik: bytes, k: int, epoch_s: float, model: str | None = None) -> str:
        """Register a rotating fob or a phone; see `People.add_fob`."""
        self.check_eid(ik, k)
        return self._add(member_id, ik, _EidSecret(ik=ik.hex(), k=k, epoch_s=epoch_s, model=model))

    def add_static(
        self, member_id: str, scheme: IdScheme, identifier: bytes, model: str | None = None
    ) -> str:
        """Register a fob whose identifier never changes; see `People.add_static_fob`."""
        expected = STATIC_BYTES.get(scheme)
        if expected != len(identifier):
            raise DataError(
                f"no static {scheme} identifier has {len(identifier)} bytes",
                fix="iBeacon: 20 bytes, Eddystone-UID: 16",
            )
        secret = _StaticSecret(scheme=scheme, identifier=identifier.hex(), model=model)
        return self._add(member_id, identifier, secret)

    def _add(self, member_id: str, key: bytes, secret: _EidSecret | _StaticSecret) -> str:
        fob_id = self.tables.entropy.new_id()
        sealed = self.tables.cipher(member_id).seal(
            secret.model_dump_json().encode(), "fobs", "secret", fob_id
        )
        try:
            with self.tables.writing() as connection:
                connection.execute(
                    "INSERT INTO fobs VALUES (?, ?, ?, ?)",
                    [fob_id, member_id, self.tables.vault.index("fob", key), sealed],
                )
        except sqlite3.IntegrityError:
            raise _registered() from None
        return fob_id

    def keys(self, member_id: str) -> tuple[EidKey | StaticKey, ...]:
        """What the member's fobs are recognised by; empty after recognition was withdrawn.

        Raises:
            DataError: there is no such member.
        """
        return tuple(_key(secret) for _, secret in self._secrets(member_id))

    def _secrets(self, member_id: str) -> Iterator[tuple[str, _EidSecret | _StaticSecret]]:
        cipher = self.tables.cipher(member_id)
        rows = self.tables.read().execute(
            "SELECT fob_id, secret FROM fobs WHERE member_id = ? ORDER BY fob_id", [member_id]
        )
        for fob_id, sealed in rows:
            yield fob_id, _unseal(cipher, fob_id, sealed)

    def static_ids(self, member_id: str) -> tuple[str, ...]:
        """Ids of the member's fobs whose identifier never changes.

        Raises:
            DataError: there is no such member.
        """
        return tuple(
            fob_id for fob_id, secret in self._secrets(member_id) if isinstance(secret, _StaticSecret)
        )

    def set_clock(self, member_id: str, ik: bytes, epoch_s: float) -> None:
        """Write down anew where a rotating fob's clock stood at 0; nothing when the fob is gone meanwhile."""
        index = self.tables.vault.index("fob", ik)
        cipher = self.tables.cipher(member_id)
        with self.tables.writing() as connection:
            row = connection.execute(
                "SELECT fob_id, secret FROM fobs WHERE key_index = ? AND member_id = ?", [index, member_id]
            ).fetchone()
            if row is None:
                return
            secret = _unseal(cipher, *row)
            moved = secret.model_copy(update={"epoch_s": epoch_s})
            sealed = cipher.seal(moved.model_dump_json().encode(), "fobs", "secret", row[0])
            connection.execute("UPDATE fobs SET secret = ? WHERE fob_id = ?", [sealed, row[0]])

    def owners(self) -> tuple[str, ...]:
        """Members with at least one fob."""
        rows = self.tables.read().execute("SELECT DISTINCT member_id FROM fobs ORDER BY member_id")
        return tuple(row[0] for row in rows)


def model_of(cipher: Sealed, fob_id: str, sealed: bytes) -> str | None:
    """The model a fob's sealed secret names; None when nobody has said.

    Args:
        cipher: its member's.
        fob_id: of the row.
        sealed: the row's secret.

    Raises:
        StorageError: it does not open.
    """
    return _unseal(cipher, fob_id, sealed).model


def _unseal(cipher: Sealed, fob_id: str, sealed: bytes) -> _EidSecret | _StaticSecret:
    return _SECRET.validate_json(cipher.unseal(sealed, "fobs", "secret", fob_id))


def _registered() -> DataError:
    return DataError("this fob is registered already", fix="one fob belongs to one member")


def _key(secret: _EidSecret | _StaticSecret) -> EidKey | StaticKey:
    match secret:
        case _EidSecret():
            return EidKey(bytes.fromhex(secret.ik), secret.k, secret.epoch_s, secret.model)
        case _StaticSecret():
            return StaticKey(secret.scheme, bytes.fromhex(secret.identifier), model=secret.model)
