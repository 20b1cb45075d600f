"""The command root `comptoir`: finds each room's commands through entry points and loads a room only when called.

Exit codes are those of sysexits.h (`hardware.host.errors.ExitCode`); a person's mistake is one line on standard
error, never a traceback.
"""

import sys
from importlib.metadata import entry_points, version

import click

from hardware.host.errors import ComptoirError, ExitCode
from hardware.host.journal import configure_logging

GROUP = "comptoir.commands"


class RoomGroup(click.Group):
    """A group whose subcommands are the rooms' entry points, loaded lazily."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The rooms' names and our own commands, sorted."""
        return sorted({point.name for point in entry_points(group=GROUP)} | set(super().list_commands(ctx)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the room `cmd_name`, or None."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for point in entry_points(group=GROUP, name=cmd_name):
            command = point.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the rooms without loading them: help must not import Textual or a web server."""
        rows = [(name, SUMMARIES.get(name, "")) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


SUMMARIES = {
    "completion": "Print the shell completion script.",
    "demo": "Play the story of one advertisement's way to one discount.",
    "doctor": "Find what keeps a machine from working, and how to mend it.",
    "edge": "The Pi agent: hears loyalty beacons, reports sightings.",
    "hub": "The store: members, permissions, programs, sales.",
    "kiosk": "The screen at a display or a checkout.",
    "node": "This machine's Bluetooth: be a fob, or a stand-in radio.",
}


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
