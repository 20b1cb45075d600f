"""Logging: one line an event to standard error, which systemd's journal or a log file takes.

No identifier, code, key or member id ever goes into a log (acceptance C10): events name rooms, nodes, kiosks,
counts and causes. bleak and dbus-fast log payloads at DEBUG, so they stay above it whatever level is asked for.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

PAYLOAD_LOGGERS = ("bleak", "dbus_fast")

_FORMAT = "%(levelname)s %(name)s %(message)s"

_STAMPS: tuple[Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_LINE = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])


def configure_logging(level: str = "warning", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (default: standard error) as `key=value` text.

    Args:
        level: debug, info, warning or error; a wrong name is a bug of the caller.
        stream: where lines go.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    out = stream or sys.stderr
    logging.basicConfig(level=number, stream=out, format=_FORMAT, force=True)
    for name in PAYLOAD_LOGGERS:
        logging.getLogger(name).setLevel(max(number, logging.INFO))
    structlog.configure(
        processors=[*_STAMPS, _LINE],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
    )


@contextmanager
def logged_at_debug(stream: TextIO) -> Iterator[None]:
    """Write every log line at DEBUG into `stream` as well; what `configure_logging` was asked for stays as it is.

    Args:
        stream: open for as long as this lasts.
    """
    root, before = logging.getLogger(), structlog.get_config()
    asked, handlers = root.level, {handler: handler.level for handler in root.handlers}
    everything = logging.StreamHandler(stream)
    everything.setFormatter(logging.Formatter(_FORMAT))
    for handler in handlers:
        handler.setLevel(max(asked, handler.level))
    root.addHandler(everything)
    root.setLevel(logging.DEBUG)
    structlog.configure(
        processors=[*_STAMPS, _also_into(stream, asked), before["processors"][-1]],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    try:
        yield
    finally:
        structlog.configure(processors=before["processors"], wrapper_class=before["wrapper_class"])
        root.removeHandler(everything)
        root.setLevel(asked)
        for handler, level in handlers.items():
            handler.setLevel(level)


def _also_into(stream: TextIO, asked: int) -> Processor:
    """A structlog processor: a line into `stream`, and on to the stream of the process only from `asked` on."""

    def write(logger: object, method: str, event: EventDict) -> EventDict:
        stream.write(f"{_LINE(logger, method, dict(event))}\n")
        if logging.getLevelNamesMapping()[event["level"].upper()] < asked:
            raise structlog.DropEvent
        return event

    return write
