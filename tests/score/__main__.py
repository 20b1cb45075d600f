"""`python -m tests.score tetam|sal|ablation|fit PATH`: our zone engines beside their peers', on recorded data."""

from pathlib import Path

import click

from hardware.host.errors import ComptoirError

NOTHING_FITS = 2
"""What click exits with for a wrong command, too."""


class Commands(click.Group):
    """Says in one line what does not fit, and exits with `NOTHING_FITS`."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command named."""
        try:
            return super().invoke(ctx)
        except ComptoirError as error:
            click.echo(f"{ctx.info_name}: {error}", err=True)
            ctx.exit(NOTHING_FITS)


PATH = click.argument("path", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For machines: one document.")


@click.group(cls=Commands)
def main() -> None:
    """Judge our zone engines and their peers' on recorded data. PATH is the folder, or one that holds it."""


@main.command()
@PATH
@AS_JSON
def tetam(*, path: Path, as_json: bool) -> None:
    """Judge walks past twelve scanners, and past the four Raspberry Pis among them."""
    from tests.score.commands import score_tetam

    click.echo(score_tetam(path, as_json=as_json))


@main.command()
@PATH
@AS_JSON
def sal(*, path: Path, as_json: bool) -> None:
    """Judge passages through a door."""
    from tests.score.commands import score_sal

    click.echo(score_sal(path, as_json=as_json))


@main.command()
@PATH
def ablation(*, path: Path) -> None:
    """Tell what each rule of our engines buys: the score with one off at a time."""
    from tests.score.ablation import score_ablation

    click.echo(score_ablation(path))


@main.command()
@PATH
def fit(*, path: Path) -> None:
    """Fit the simulated store's propagation to the calibration points."""
    from tests.score.fit import report

    click.echo(report(path))


if __name__ == "__main__":
    main(prog_name="python -m tests.score")
