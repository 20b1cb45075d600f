"""A command group that other rooms add subcommands to, through entry points; each is loaded only when called.

So `hardware` offers a place for a command it must not import, and help for a Pi imports no web server.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import ClassVar, Final

import click

SUMMARY_CHARS: Final = 100
"""One sentence; the formatter wraps it to the terminal."""


class EntryPointGroup(click.Group):
    """A group whose subcommands are its own and those of an entry-point group.

    Attributes:
        points: the entry-point group's name.
        summaries: name → one line of help, for subcommands that help must not load.
    """

    points: ClassVar[str]
    summaries: ClassVar[Mapping[str, str]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted(
            {point.name for point in entry_points(group=self.points)} | set(super().list_commands(ctx))
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Our own command, else the entry point's, which is loaded; None when there is none."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for point in entry_points(group=self.points, name=cmd_name):
            command = point.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without loading those of others."""
        rows = [(name, self._summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _summary(self, ctx: click.Context, name: str) -> str:
        own = click.Group.get_command(self, ctx, name)
        return self.summaries.get(name, "") if own is None else own.get_short_help_str(SUMMARY_CHARS)
