"""Decisions and what they rest on, program versions, and the answers given under an idempotency key."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardware.host.errors import ConfigError
from hub.offers.program import Program
from hub.store.vault import Sealed


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was made: when, on which permission record, and everything it looked at, as JSON."""

    decision_id: str
    decided_at_s: float
    permission: str
    content: dict[str, Any]


class DecisionStore:
    """Why something was offered, given or refused.

    Args:
        connection: the hub's database.
        sealed: encrypts the permission record's id, which leads to a member.
    """

    def __init__(self, connection: sqlite3.Connection, sealed: Sealed) -> None:
        self._connection = connection
        self._sealed = sealed

    def record(self, decision: StoredDecision) -> None:
        """Add a decision."""
        self._connection.execute(
            "INSERT INTO decisions VALUES (?, ?, ?, ?)",
            (
                decision.decision_id,
                decision.decided_at_s,
                json.dumps(decision.content, ensure_ascii=False, separators=(",", ":")),
                self._sealed.seal(
                    decision.permission.encode(), "decisions", "permission", decision.decision_id
                ),
            ),
        )

    def find(self, decision_id: str) -> StoredDecision | None:
        """The decision of that id."""
        row = self._connection.execute(
            "SELECT decided_at_s, content, permission FROM decisions WHERE decision_id = ?", (decision_id,)
        ).fetchone()
        if row is None:
            return None
        permission = self._sealed.unseal(row[2], "decisions", "permission", decision_id).decode()
        return StoredDecision(decision_id, row[0], permission, json.loads(row[1]))


class ProgramVersions:
    """Every version of every program that was ever loaded."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def register(self, programs: tuple[Program, ...], now_s: float) -> None:
        """Keep the versions that are new.

        Raises:
            ConfigError: a known program counts otherwise than before. What people have reached is derived
                from their purchases and the step, so such a change would give or take rights: it needs an
                id of its own.
        """
        for program in programs:
            for (content,) in self._connection.execute(
                "SELECT content FROM program_versions WHERE program_id = ?", (program.id,)
            ):
                _same_step(program, json.loads(content))
            self._connection.execute(
                "INSERT INTO program_versions VALUES (?, ?, ?, ?) ON CONFLICT (version) DO NOTHING",
                (program.version, program.id, program.canonical(), now_s),
            )

    def content(self, version: str) -> dict[str, Any] | None:
        """The program of that version."""
        row = self._connection.execute(
            "SELECT content FROM program_versions WHERE version = ?", (version,)
        ).fetchone()
        return json.loads(row[0]) if row else None


def _same_step(program: Program, before: Mapping[str, Any]) -> None:
    for key in ("every", "counts"):
        if before[key] != getattr(program, key):
            raise ConfigError(
                f"{key} = {getattr(program, key)!r}, but it was {before[key]!r} when people bought under it",
                where=f"program {program.id}",
                fix="give the changed program an id of its own, and end the old one with valid_until",
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered under an idempotency key, and to which request."""

    operation: str
    body_sha256: str
    answer: str


class AnswerStore:
    """Answers under idempotency keys: a request sent again gets the same answer, and no second effect."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> Answer | None:
        """The answer given under `key`."""
        row = self._connection.execute(
            "SELECT operation, body_sha256, answer FROM answers WHERE idempotency_key = ?", (key,)
        ).fetchone()
        return Answer(*row) if row else None

    def keep(self, key: str, answer: Answer, now_s: float) -> None:
        """Remember an answer, in the transaction of its effect."""
        self._connection.execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
            (key, answer.operation, answer.body_sha256, answer.answer, now_s),
        )

    def prune(self, before_s: float) -> None:
        """Forget answers older than `before_s`."""
        self._connection.execute("DELETE FROM answers WHERE answered_at_s < ?", (before_s,))
