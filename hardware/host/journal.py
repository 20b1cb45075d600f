"""Logging: one line an event to standard error, which systemd's journal or a log file takes.

No identifier, code, key or member id ever goes into a log (acceptance C10): events name rooms, nodes, kiosks,
counts and causes. bleak and dbus-fast log payloads at DEBUG, so they stay above it whatever level is asked for.
"""

import logging
import sys
from typing import TextIO

import structlog

PAYLOAD_LOGGERS = ("bleak", "dbus_fast")


def configure_logging(level: str = "warning", stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (default: standard error) as `key=value` text.

    Args:
        level: debug, info, warning or error; a wrong name is a bug of the caller.
        stream: where lines go.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    out = stream or sys.stderr
    logging.basicConfig(level=number, stream=out, format="%(levelname)s %(name)s %(message)s", force=True)
    for name in PAYLOAD_LOGGERS:
        logging.getLogger(name).setLevel(max(number, logging.INFO))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
    )
