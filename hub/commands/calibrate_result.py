"""The end of a calibration: fit, show how good it is, ask, write the store's file and its map."""

import json
from dataclasses import dataclass
from pathlib import Path

from hardware.host.errors import ConfigError
from hub.calibration.fit import Calibration, calibrate
from hub.calibration.record import Walk
from hub.calibration.store_text import MAP_NAME, with_settings
from hub.commands.calibrate_files import back_up, check_writable, write_whole
from hub.commands.calibrate_terminal import Lines, Screen
from hub.config import Engine, StoreConfig

YES = frozenset({"o", "oui", "y", "yes"})


@dataclass(frozen=True, slots=True)
class Result:
    """Where a calibration goes.

    Attributes:
        store_file: the store's configuration.
        config: what it holds now.
        engine: what somebody asked for; None for the one that does better.
        dry_run: nothing is written.
        yes: nobody is asked.
    """

    store_file: Path
    config: StoreConfig
    engine: Engine | None
    dry_run: bool
    yes: bool

    @property
    def map_name(self) -> str:
        """The map's file, as the store's file names it."""
        named = self.config.presence.radio_map
        return MAP_NAME if named is None else str(named)

    @property
    def map_file(self) -> Path:
        """The map's file."""
        return self.store_file.resolve().parent / self.map_name

    def check(self) -> None:
        """Find out before the walk what would spoil its end.

        Raises:
            StorageError: the store's file or the map's cannot be written.
        """
        if not self.dry_run:
            check_writable(self.store_file)
            check_writable(self.map_file)

    async def conclude(self, walk: Walk, walk_file: Path, screen: Screen, lines: Lines) -> None:
        """Fit a walk, show the figures, and write if nobody objects.

        Raises:
            ConfigError: the engine asked for cannot be had, or the file contradicts the calibration.
            StorageError: a file cannot be written.
        """
        if not walk.points:
            screen.say("no_points")
            return
        screen.say("fitting", points=len(walk.points))
        found = calibrate(walk, self.config)
        self._tell(found, screen)
        engine = self.engine or found.better
        if engine == "radio_map" and found.fitted.radio_map is None:
            raise ConfigError(
                "no radio map can be made of this walk, for the reason told above",
                fix="mend it, or --engine rules",
            )
        screen.say(f"engine.{engine}")
        # Before the question, so that a file that contradicts the calibration is told first.
        before = self.store_file.read_bytes()
        after = with_settings(
            before.decode(), found.fitted.settings(engine, self.map_name), str(self.store_file)
        )
        if self.dry_run:
            screen.say("dry_run")
        elif self.yes or await self._agreed(screen, lines):
            self._write(found, after.encode(), screen)
        else:
            screen.say("not_written", file=walk_file)

    async def _agreed(self, screen: Screen, lines: Lines) -> bool:
        screen.say("ask", file=self.store_file, backup=f"{self.store_file.name}.bak")
        return (await lines.next() or "").casefold() in YES

    def _write(self, found: Calibration, content: bytes, screen: Screen) -> None:
        back_up(self.store_file)
        if found.fitted.radio_map is not None:
            document = json.dumps(found.fitted.radio_map.to_document(), allow_nan=False)
            write_whole(self.map_file, document.encode())
            screen.say("written", file=self.map_file)
        write_whole(self.store_file, content)
        screen.say("written", file=self.store_file)
        screen.say("restart")

    def _tell(self, found: Calibration, screen: Screen) -> None:
        fitted = found.fitted
        if fitted.offsets is None:
            screen.say("no_offsets")
        else:
            line = fitted.offsets
            screen.say("line", exponent=line.exponent, level=line.at_1m_dbm, residual=line.residual_db)
            for node, offset_db in line.by_node.items():
                screen.say("offset", node=node, offset=offset_db, before=self.config.nodes[node].offset_db)
        for zone, level_dbm in fitted.enter_dbm.items():
            screen.say("enter", zone=zone, level=level_dbm)
        screen.say("rules", right=found.rules.right, of=found.rules.of)
        if fitted.no_map is not None:
            screen.say(f"no_map.{fitted.no_map}")
        if found.mapped is not None:
            error_m = found.mapped.error_m
            screen.say(
                "mapped",
                right=found.mapped.right,
                of=found.mapped.of,
                error=float("nan") if error_m is None else error_m,
            )
