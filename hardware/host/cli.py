"""The command root `comptoir`: finds each room's commands through entry points and loads a room only when called.

Exit codes are those of sysexits.h (`hardware.host.errors.ExitCode`); a person's mistake is one line on standard
error, never a traceback.
"""

import sys
from importlib.metadata import version

import click

from hardware.host.command_group import EntryPointGroup
from hardware.host.errors import ComptoirError, ExitCode
from hardware.host.journal import configure_logging

GROUP = "comptoir.commands"


SUMMARIES = {
    "demo": "Play the story of one advertisement's way to one discount.",
    "doctor": "Find what keeps a machine from working, and how to mend it.",
    "edge": "The Pi agent: hears loyalty beacons, reports sightings.",
    "hub": "The store: members, permissions, programs, sales.",
    "kiosk": "The screen at a display or a checkout.",
    "node": "The nodes: be a fob or a stand-in radio, calibrate a shop.",
    "sim": "A simulated store: run a scenario, draw its floor.",
}


class RoomGroup(EntryPointGroup):
    """The root: its subcommands are the rooms' entry points."""

    points = GROUP
    summaries = SUMMARIES


@click.group(cls=RoomGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("comptoir"), prog_name="comptoir")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    envvar="COMPTOIR_LOG_LEVEL",
    help="How much is logged to standard error; never personal data.",
)
def root(log_level: str) -> None:
    """Comptoir recognises a loyal shopper who asked to be recognised, at the moment of buying.

    `comptoir demo` shows the whole of it. Each room has its own --help.
    """
    configure_logging(log_level)


@root.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: comptoir completion bash > ~/.local/share/bash-completion/completions/comptoir
    """
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    assert completer is not None
    click.echo(completer(root, {}, "comptoir", "_COMPTOIR_COMPLETE").source())


def main() -> None:
    """Run the command line, turning our errors into one message and a sysexits code."""
    try:
        code = root.main(prog_name="comptoir", standalone_mode=False)
    except ComptoirError as error:
        click.echo(f"comptoir: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(ExitCode.USAGE)
    except click.UsageError as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.SOFTWARE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("comptoir: stopped", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else ExitCode.OK)
