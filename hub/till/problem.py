"""What a till is told when something cannot be done: RFC 9457 problem details."""

from hub.offers.model import Refusal
from hub.wire.base import LocalText


class TillProblem(Exception):  # noqa: N818 - the name of the RFC's concept
    """The request is refused, and nothing was changed.

    Args:
        status: HTTP status, 4xx.
        code: stable name of the kind of problem.
        what: one English sentence for the till's log.
        fix: what the till (or its maker) can do.
        ticket: what the cashier may read, if it is for them.
        refusals: what stopped the discount, when that is the reason.
    """

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        fix: str,
        *,
        ticket: LocalText | None = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> None:
        self.status, self.code, self.what, self.fix = status, code, what, fix
        self.ticket, self.refusals = ticket, refusals
        super().__init__(f"{code}: {what}")
