"""`comptoir kiosk …` as a person types it."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.host.errors import ConfigError, UnavailableError
from hub.wire.seal import public_key
from kiosk import cli
from kiosk.cli import kiosk
from kiosk.samples import SAMPLES
from kiosk.screen import Kind, Note
from tests.kiosk.terminal import terminal

KEY = public_key(b"a fixed private key of 32 bytes!")
GOOD = f'store = "lyon"\nkiosk = "checkout-1"\nhub_public_key = "{KEY}"\noutbox = "o/outbox.db"\n'
COMPTOIR = [sys.executable, "-c", "from hardware.host.cli import main; main()"]


def test_there_is_a_sample_of_every_screen_and_note() -> None:
    assert {screen.kind for screen in SAMPLES.values()} == set(Kind)
    assert {screen.note for screen in SAMPLES.values()} - {None} == set(Note)


def test_show_names_the_screens() -> None:
    result = CliRunner().invoke(kiosk, ["show"])
    assert result.output.split() == list(SAMPLES)


@pytest.mark.parametrize(("language", "words"), [("fr", "Pas"), ("en", "Not")])
def test_show_writes_a_picture(tmp_path: Path, language: str, words: str) -> None:
    path = tmp_path / "offer.svg"
    result = CliRunner().invoke(kiosk, ["show", "offer", "--svg", str(path), "--language", language])
    assert result.exit_code == 0, result.output
    assert words in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "is none of attract"),
        (["offer", "--svg", "x.svg", "--size", "wide"], "give WIDTHxHEIGHT"),
        (["offer", "--svg", "x.svg", "--size", "20x5"], "40x12 to 400x200"),
    ],
)
def test_show_says_what_it_does_not_understand(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(kiosk, ["show", *arguments])
    assert result.exit_code == 2
    assert says in result.output


def test_a_picture_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "offer.svg"
    done = subprocess.run(
        [*COMPTOIR, "kiosk", "show", "offer", "--svg", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 73
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr


async def test_show_stands_on_a_terminal_until_a_key() -> None:
    async with terminal([*COMPTOIR, "kiosk", "show", "thanks", "--language", "en"], (60, 16)) as shown:
        await shown.until(lambda text: "Thank you" in text)
        shown.type("\t\r")
        shown.type("q")
        assert await shown.process.wait() == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("lyon", "Lyon Part-Dieu"), "store = 'Lyon Part-Dieu'"),
        (GOOD.replace(KEY, "short"), "hub_public_key = 'short'"),
        (GOOD.replace(KEY, "A" * 43), "not an X25519 public key"),
        (GOOD + "colour = 1\n", "colour"),
        (GOOD + '[mqtt]\nport = "high"\n', "mqtt.port"),
        ("store = ", "not valid TOML"),
    ],
)
def test_a_wrong_configuration_is_one_message_that_names_the_key(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(kiosk, ["run", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert says in str(result.exception)
    assert str(path) in str(result.exception)


def test_without_a_terminal_the_kiosk_says_so(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(GOOD, encoding="utf-8")
    result = CliRunner().invoke(kiosk, ["run", str(path)])
    assert isinstance(result.exception, UnavailableError)
    assert "no terminal" in str(result.exception)


async def test_logs_never_stand_on_the_shoppers_screen(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(GOOD + "[mqtt]\nport = 1\n", encoding="utf-8")
    async with terminal([*COMPTOIR, "--log-level", "debug", "kiosk", "run", str(path)], (40, 12)) as shown:
        text = await shown.until(lambda text: "Hors liaison" in text)
        assert "level" not in text
        assert "debug" not in text
    assert (tmp_path / "o" / "outbox.log").exists()


def test_a_log_that_grew_too_large_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "outbox.log"
    log.write_text("x" * (cli.MAX_LOG_BYTES + 1), encoding="utf-8")
    code = "import sys, pathlib, kiosk.cli; kiosk.cli._log_beside(pathlib.Path(sys.argv[1]), 'info')"
    database = str(tmp_path / "outbox.db")
    subprocess.run([sys.executable, "-c", code, database], check=True)
    assert log.stat().st_size == 0
    with pytest.raises(UnavailableError, match="log cannot be written"):
        cli._log_beside(log / "below" / "outbox.db", "info")
