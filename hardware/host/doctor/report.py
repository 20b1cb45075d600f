"""The findings as a person and as a program reads them, and the exit code."""

import json
from collections.abc import Sequence
from typing import Final

import click

from hardware.host.doctor.finding import Finding, State
from hardware.host.errors import ExitCode

MARKS: Final = {State.OK: "✓", State.WARNING: "!", State.PROBLEM: "✗", State.SKIPPED: "-"}
COLOURS: Final = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red", State.SKIPPED: None}


def as_json(findings: Sequence[Finding]) -> str:
    """One document: `{"findings": [{check, state, observed, fix, about}], "problems": n, "warnings": n}`."""
    rows = [
        {"check": f.check, "state": f.state, "observed": f.observed, "fix": f.fix, "about": f.about or None}
        for f in findings
    ]
    counts = {"problems": _count(findings, State.PROBLEM), "warnings": _count(findings, State.WARNING)}
    return json.dumps({"findings": rows, **counts}, ensure_ascii=False)


def as_text(findings: Sequence[Finding]) -> str:
    """One line a finding under the name of its file, its fix beneath, and one last line that counts."""
    lines: list[str] = []
    about = None
    width = max((len(f.check) for f in findings), default=0)
    for finding in findings:
        if finding.about != about:
            about = finding.about
            lines.append(click.style(about or "this machine", bold=True))
        mark = click.style(MARKS[finding.state], fg=COLOURS[finding.state])
        lines.append(f"  {mark} {finding.check:<{width}}  {finding.observed}")
        if finding.fix is not None:
            lines.append(f"    {'':<{width}}  → {finding.fix}")
    return "\n".join([*lines, _last_line(findings)])


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """0 without a problem; 78 (EX_CONFIG) when every problem is a configuration file's, else 69 (EX_UNAVAILABLE)."""
    problems = [f for f in findings if f.state is State.PROBLEM]
    if not problems:
        return ExitCode.OK
    return ExitCode.CONFIG if all(f.check == "config" for f in problems) else ExitCode.UNAVAILABLE


def _last_line(findings: Sequence[Finding]) -> str:
    problems, warnings = _count(findings, State.PROBLEM), _count(findings, State.WARNING)
    said = f"{len(findings)} checks: {_plural(problems, 'problem')}, {_plural(warnings, 'warning')}"
    return click.style(said, fg="red" if problems else "yellow" if warnings else "green")


def _plural(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _count(findings: Sequence[Finding], state: State) -> int:
    return sum(f.state is state for f in findings)
