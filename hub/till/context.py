"""What the parts of the till's service share."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hub.config import StoreConfig
from hub.offers.counting import tally
from hub.offers.service import Offers
from hub.store.sales import Sales
from hub.store.sales_records import Answer
from hub.texts import ticket_line
from hub.till import refuse
from hub.till.answers import ProgramAfter
from hub.till.events import Listener, TillEvent
from hub.till.ports import MembershipPort, PeoplePort

A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the ports and the sources of time and chance."""

    sales: Sales
    offers: Offers
    people: PeoplePort
    membership: MembershipPort
    config: StoreConfig
    clock: Clock
    entropy: Entropy
    listener: Listener

    def known_till(self, till: str) -> None:
        """Raise a problem unless the store has this till."""
        if till not in self.config.tills:
            raise refuse.unknown_till(till)

    def programs_after(
        self, account_id: str, products: frozenset[str], now_s: float
    ) -> tuple[ProgramAfter, ...]:
        """Where the account stands in the programs that count one of these products."""
        programs = tuple(p for p in self.offers.programs if products & p.product_set)
        facts = self.sales.account_facts(account_id, programs, now_s)
        standings = ((program, tally(program, facts.programs[program.id])) for program in programs)
        return tuple(
            ProgramAfter(
                program=p.id,
                counter=t.counter,
                every=p.every,
                open_rights=t.due(),
                ticket=ticket_line("ticket.standing", label=p.group.local, counter=t.counter, every=p.every),
            )
            for p, t in standings
        )

    def once(
        self,
        key: str,
        operation: str,
        body: BaseModel,
        model: type[A],
        act: Callable[[], tuple[A, tuple[TillEvent, ...]]],
    ) -> A:
        """Do `act` and keep its answer in one transaction; the same request again gets the same answer.

        Events are told after the transaction, and only the first time.

        Raises:
            TillProblem: the key was used for another request; or what `act` raises (then nothing is kept).
        """
        digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
        with self.sales.transaction():
            known = self.sales.answers.find(key)
            if known is not None:
                if (known.operation, known.body_sha256) != (operation, digest):
                    raise refuse.key_reused()
                return model.model_validate_json(known.answer)
            answer, events = act()
            self.sales.answers.keep(
                key, Answer(operation, digest, answer.model_dump_json()), self.clock.now_s()
            )
        for event in events:
            self.listener(event)
        return answer
