"""The figures for people: a line an engine, a block a recording."""

from collections.abc import Iterator, Sequence

from tests.score.door_figures import DoorFigures
from tests.score.figures import quantile
from tests.score.report import F, Scores, pooled
from tests.score.targets import Target
from tests.score.zone_figures import ZoneFigures

Row = Sequence[str]

ZONE_HEAD = (
    "engine", "zone", "clear", "switches", "true", "false/min", "handoff s", "p95", "missed", "place m", "p90",
)  # fmt: skip
DOOR_HEAD = ("engine", "frames", "crossings", "found", "false", "latency s", "p95", "found ±10", "false ±10")


def zone_row(name: str, figures: ZoneFigures) -> Row:
    """One engine over one or more walks."""
    return (
        name,
        _share(figures.right, figures.seconds),
        _share(figures.clear_right, figures.clear),
        str(figures.switched),
        str(figures.crossed),
        f"{60.0 * figures.false / max(figures.seconds, 1):.2f}",
        _number(quantile(figures.handoffs_s, 0.5)),
        _number(quantile(figures.handoffs_s, 0.95)),
        str(figures.missed),
        _number(quantile(figures.errors_m, 0.5)),
        _number(quantile(figures.errors_m, 0.9)),
    )


def door_row(name: str, figures: DoorFigures) -> Row:
    """One engine over one or more passages."""
    return (
        name,
        _share(figures.right, figures.frames),
        str(figures.crossings),
        str(len(figures.narrow.latencies_s)),
        str(figures.narrow.false),
        _number(quantile(figures.narrow.latencies_s, 0.5)),
        _number(quantile(figures.narrow.latencies_s, 0.95)),
        str(len(figures.wide.latencies_s)),
        str(figures.wide.false),
    )


def rows_of(scores: Scores[F]) -> Iterator[tuple[str, F]]:
    """Ours, the better one marked *, the other +; then the baselines. Pooled over the recordings."""
    for name, by_recording in scores.ours.items():
        yield ("* " if name == scores.best else "+ ") + name, pooled(by_recording)
    for name, by_recording in scores.baselines.items():
        yield "  " + name, pooled(by_recording)


def block(title: str, head: Row, rows: Sequence[Row]) -> str:
    """A titled table, names to the left and figures to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    ]
    return "\n".join([title, *lines, ""])


def targets_block(title: str, targets: Sequence[Target]) -> str:
    """The targets, met or not."""
    rows = [
        (target.what, target.wanted, _figure(target.got), "met" if target.met else "not met")
        for target in targets
    ]
    return block(title, ("target", "wanted", "got", ""), rows)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
