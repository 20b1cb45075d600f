"""The whole story at DEBUG: what its logs and disks tell somebody who steals them (acceptance C7, C10)."""

import stat

import pytest

from tests.story.telling import Told

LOGS = ("broker/mosquitto.log",)


def forms(secret: bytes) -> list[bytes]:
    """A secret as it might lie somewhere: raw, or as hexadecimal digits."""
    return [secret, secret.hex().encode(), secret.hex().upper().encode()]


def everything(told: Told) -> bytes:
    """All bytes on the disks of hub, nodes, kiosks and broker, but for the key file."""
    return b"\0".join(content for name, content in told.disk.items() if not name.endswith("hub.key"))


def logs(told: Told) -> bytes:
    return told.log.encode() + b"".join(told.disk.get(name, b"") for name in LOGS)


@pytest.mark.parametrize("label", ["A", "B", "C", "D"])
def test_c7_no_card_and_no_fob_key_lies_on_any_disk_in_the_clear(told: Told, label: str) -> None:
    who = told.premises.shoppers[label]
    assert who.card.encode() not in everything(told)
    assert not any(form in everything(told) for form in forms(who.fob.ik))


def test_c10_no_log_names_a_card_a_fob_a_member_or_an_identifier(told: Told) -> None:
    assert "send_request" in told.log, "the log is really at DEBUG"
    found = logs(told)
    for who in told.premises.shoppers.values():
        for secret in (who.card, who.member_id, who.symbol):
            assert secret.encode() not in found
        for raw in (who.fob.ik, *told.identifiers.get(who.member_id, ())):
            assert not any(form in found for form in forms(raw))


def test_c10_no_log_says_what_was_bought(told: Told) -> None:
    for said in ("Couches", "928263", "Savon", "Parapluie"):
        assert said.encode() not in logs(told)


def test_c7_the_link_from_a_member_to_purchases_is_not_on_the_disk(told: Told) -> None:
    # Purchases name an account; the member's row names it only encrypted. No row holds both ids.
    database = told.disk["data/hub.db"] + told.disk.get("data/hub.db-wal", b"")
    for who in told.premises.shoppers.values():
        at = -1
        while (at := database.find(who.member_id.encode(), at + 1)) >= 0:
            nearby = database[max(0, at - 200) : at + 200]
            assert b"cj-" not in nearby, "a purchase lies beside a member"


def test_c7_disks_of_nodes_and_kiosks_name_no_member(told: Told) -> None:
    boxes = b"".join(c for name, c in told.disk.items() if name.startswith(("sensor", "kiosk", "broker")))
    for who in told.premises.shoppers.values():
        for secret in (who.card, who.member_id, who.symbol):
            assert secret.encode() not in boxes


def test_the_master_key_lies_in_its_file_alone_with_rights_0600(told: Told) -> None:
    key_file = told.folder / "data" / "hub.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    master = bytes.fromhex(told.disk["data/hub.key"].decode().split()[1])
    assert not any(form in everything(told) for form in forms(master))
    assert not any(form in logs(told) for form in forms(master))


def test_the_database_is_its_owners_alone(told: Told) -> None:
    assert stat.S_IMODE((told.folder / "data" / "hub.db").stat().st_mode) == 0o600
