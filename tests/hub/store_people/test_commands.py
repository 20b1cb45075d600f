"""`comptoir hub member …` and `… permission …`: how people enter."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import DataError, NoInputError
from hub.assembly import open_hub_data
from hub.commands.member import member
from hub.commands.permission import permission

KEY = "000102030405060708090a0b0c0d0e0f"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "programs").mkdir()
    path = tmp_path / "hub.toml"
    path.write_text(
        'store = "test"\ndatabase = "hub.db"\nkey_file = "hub.key"\nprograms = "programs"\n'
        '[notice]\nversion = "1.0"\n[zones.door]\nlabel_fr = "Porte"\nlabel_en = "Door"\n'
        '[nodes.n1]\nzone = "door"\n'
    )
    return path


def run(config: Path, *words: str, stdin: str | None = None) -> dict[str, object]:
    group = member if words[0] == "member" else permission
    result = CliRunner().invoke(
        group, [*words[1:], "--config", str(config), "--json"], input=stdin, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def test_a_member_with_card_fob_and_points_enters_by_one_command(config: Path, tmp_path: Path) -> None:
    (tmp_path / "fob.key").write_text(KEY + "\n")
    words = ["--card", "1234-5678", "--fob-key-file", str(tmp_path / "fob.key"), "--fob-k", "4"]
    added = run(config, "member", "add", "--symbol", "ancre", *words, "--opening-points", "500")
    assert (added["symbol"], added["cards"], added["fobs"]) == ("ancre", 1, 1)
    assert run(config, "member", "show") == {"members": [added]}
    assert run(config, "member", "show", str(added["member"])) == added
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    person = data.people.by_card("12345678")
    assert person is not None
    balance = data.database.execute(
        "SELECT sum(points) FROM point_lots WHERE account_id = ?", [person.account_id]
    )
    assert balance.fetchone()[0] == 500
    data.close()


def test_secrets_come_by_standard_input(config: Path) -> None:
    first = str(run(config, "member", "add", "--card", "-", stdin="77776666\n")["member"])
    run(config, "member", "fob", first, "--key-file", "-", stdin=KEY)
    run(config, "member", "card", first, "-", stdin="88887777\n")
    run(config, "member", "fob", first, "--static", "eddystone_uid", "--identifier", "00" * 16)
    assert run(config, "member", "show", first) == {
        "member": first,
        "symbol": run(config, "member", "show", first)["symbol"],
        "cards": 2,
        "fobs": 2,
    }


def test_a_faulty_addition_leaves_no_half_member(config: Path, tmp_path: Path) -> None:
    run(config, "member", "add", "--card", "12345678")
    (tmp_path / "short.key").write_text("0011")
    (tmp_path / "text.key").write_text("not a key")
    for words, error in (
        (["--card", "12345678"], DataError),
        (["--fob-key-file", str(tmp_path / "short.key")], DataError),
        (["--fob-key-file", str(tmp_path / "text.key")], DataError),
        (["--fob-key-file", str(tmp_path / "none.key")], NoInputError),
    ):
        with pytest.raises(error):
            run(config, "member", "add", *words)
    members = run(config, "member", "show")["members"]
    assert isinstance(members, list)
    assert len(members) == 1


def test_a_fob_needs_a_key_or_an_identifier(config: Path) -> None:
    one = str(run(config, "member", "add")["member"])
    result = CliRunner().invoke(member, ["fob", one, "--config", str(config)])
    assert result.exit_code == 2
    assert "--key-file" in result.output


def test_permissions_are_granted_listed_and_withdrawn(config: Path) -> None:
    one = str(run(config, "member", "add")["member"])
    words = ["grant", one, "--purpose", "recognition", "--notice", "1.0"]
    assert run(config, "permission", *words, "--how", "kiosk")["decision"] == "allowed"
    listed = run(config, "permission", "list", one)
    assert listed["decisions"] == {
        "membership": "allowed",
        "recognition": "allowed",
        "fixed_id": "purpose_mismatch",
        "suggestion": "purpose_mismatch",
    }
    withdrawn = run(config, "permission", "withdraw", one, "--purpose", "recognition")
    assert withdrawn["state"] == "ConsentWithdrawn"
    assert run(config, "permission", "list", one)["decisions"]["recognition"] == "withdrawn"  # type: ignore[index] # JSON
    acts = run(config, "permission", "list", one)["acts"]
    assert isinstance(acts, list)
    assert [act["state"] for act in acts] == ["ConsentGiven", "ConsentGiven", "ConsentWithdrawn"]


def test_a15_a_grant_typed_in_by_staff_waits_for_the_person(config: Path) -> None:
    one = str(run(config, "member", "add")["member"])
    words = ["grant", one, "--purpose", "suggestion", "--notice", "1.0", "--how", "paper", "--level", "once"]
    assert run(config, "permission", *words)["decision"] == "unconfirmed"


def test_people_can_read_what_the_commands_say(config: Path) -> None:
    def say(group: click.Group, *words: str) -> str:
        result = CliRunner().invoke(group, [*words, "--config", str(config)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    one = say(member, "add", "--symbol", "lune").split()[0]
    assert "lune" in say(member, "show")
    grant = [
        "grant",
        one,
        "--purpose",
        "suggestion",
        "--how",
        "kiosk",
        "--notice",
        "1.0",
        "--level",
        "on_request",
    ]
    assert "now allowed" in say(permission, *grant)
    assert "withdrawn" in say(permission, "withdraw", one, "--purpose", "suggestion")
    listed = say(permission, "list", one)
    assert "ConsentWithdrawn" in listed
    assert "now: suggestion   withdrawn" in listed
