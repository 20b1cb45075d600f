"""The key file and what is derived from it."""

from pathlib import Path

import pytest

from hardware.host.entropy import SeededEntropy
from hardware.host.errors import PermissionDeniedError, StorageError
from hub.store.vault import Sealed, Vault, open_vault


def test_the_first_start_makes_a_key_only_its_owner_reads_and_the_next_reads_the_same(tmp_path: Path) -> None:
    first = open_vault(tmp_path / "keys" / "hub.key", tmp_path / "hub.db", SeededEntropy(1))
    again = open_vault(tmp_path / "keys" / "hub.key", tmp_path / "hub.db", SeededEntropy(2))
    assert (tmp_path / "keys" / "hub.key").stat().st_mode & 0o777 == 0o600
    assert first.master == again.master
    assert list((tmp_path / "keys").iterdir()) == [tmp_path / "keys" / "hub.key"]


def test_of_two_first_starts_at_once_one_key_wins_for_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file, database = tmp_path / "hub.key", tmp_path / "hub.db"
    winner = open_vault(key_file, database, SeededEntropy(1))
    monkeypatch.setattr(Path, "exists", lambda _: False)
    loser = open_vault(key_file, database, SeededEntropy(2))
    assert loser.master == winner.master


def test_a_missing_key_beside_a_database_is_an_error_never_a_new_key(tmp_path: Path) -> None:
    (tmp_path / "hub.db").touch()
    with pytest.raises(StorageError, match=r"missing.*restore the key file"):
        open_vault(tmp_path / "hub.key", tmp_path / "hub.db", SeededEntropy(1))
    assert not (tmp_path / "hub.key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_others_may_touch_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    key_file = tmp_path / "hub.key"
    open_vault(key_file, tmp_path / "hub.db", SeededEntropy(1))
    key_file.chmod(mode)
    with pytest.raises(PermissionDeniedError, match="chmod 600"):
        open_vault(key_file, tmp_path / "hub.db", SeededEntropy(1))


@pytest.mark.parametrize(
    "content", [b"", b"comptoir-hub-key-1 zz\n", b"comptoir-hub-key-1 00ff\n", b"\xff\xfe", b"00" * 32]
)
def test_a_damaged_key_file_is_no_key(tmp_path: Path, content: bytes) -> None:
    key_file = tmp_path / "hub.key"
    key_file.write_bytes(content)
    key_file.chmod(0o600)
    with pytest.raises(StorageError, match="not a key file"):
        open_vault(key_file, tmp_path / "hub.db", SeededEntropy(1))


def test_a_folder_in_place_of_the_key_is_explained(tmp_path: Path) -> None:
    (tmp_path / "hub.key").mkdir(mode=0o700)
    with pytest.raises(StorageError, match="cannot be used"):
        open_vault(tmp_path / "hub.key", tmp_path / "hub.db", SeededEntropy(1))


def test_a_ciphertext_opens_only_in_its_own_place_and_whole() -> None:
    sealed = Sealed(bytes(32), SeededEntropy(1))
    text = sealed.seal(b"secret", "cards", "number", "7")
    assert sealed.unseal(text, "cards", "number", "7") == b"secret"
    for place in (("fobs", "number", "7"), ("cards", "code", "7"), ("cards", "number", "8")):
        with pytest.raises(StorageError, match="does not open"):
            sealed.unseal(text, *place)
    for damaged in (b"", text[:-1], text[:5], bytes([text[0] ^ 1]) + text[1:]):
        with pytest.raises(StorageError, match="does not open"):
            sealed.unseal(damaged, "cards", "number", "7")


def test_each_use_has_a_key_of_its_own_and_the_vault_never_prints_any() -> None:
    vault = Vault(bytes(32), SeededEntropy(1))
    assert len({vault.derive("a"), vault.derive("b"), vault.master}) == 3
    assert vault.index("card", b"1") != vault.index("fob", b"1")
    assert "00" not in repr(vault)
