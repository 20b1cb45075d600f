"""What is kept of a decision, so that "why?" is read later and never invented again."""

from dataclasses import asdict
from typing import Any

from hub.offers.counting import tally
from hub.offers.model import AccountFacts, Customer, Quote
from hub.offers.preview import ProgramState
from hub.offers.program import Program


def at_till(
    quote: Quote, customer: Customer, facts: AccountFacts, programs: tuple[Program, ...]
) -> dict[str, Any]:
    """The content of a decision about a basket: facts used, program versions, effects, refusals."""
    return {
        "kind": "till",
        "assurance": customer.assurance.name.lower(),
        "facts": _facts(facts, programs),
        "effects": [
            {
                "program": effect.program_id,
                "version": effect.program_version,
                "line": effect.line,
                "units": effect.units,
                "discount_minor": effect.discount_minor,
                "points": effect.points,
            }
            for effect in quote.effects
        ],
        "refusals": [
            {
                "code": refusal.code,
                "program": refusal.program_id,
                "observed": refusal.observed,
                "needed": refusal.needed,
            }
            for refusal in quote.refusals
        ],
        "reasons": {
            standing.program_id: [reason.model_dump() for reason in standing.reasons]
            for standing in quote.standings
        },
    }


def at_kiosk(
    states: tuple[ProgramState, ...], facts: AccountFacts, programs: tuple[Program, ...]
) -> dict[str, Any]:
    """The content of a decision about what a kiosk showed."""
    shown = []
    for state in states:
        entry = asdict(state)
        entry["group"], entry["label"] = state.group.model_dump(), state.label.model_dump()
        entry["reasons"] = [reason.model_dump() for reason in state.reasons]
        entry["needed_to_reveal"] = state.needed_to_reveal.name.lower()
        entry["needed_to_redeem"] = state.needed_to_redeem.name.lower()
        shown.append(entry)
    return {
        "kind": "kiosk",
        "facts": _facts(facts, programs),
        "shown": shown,
        "refusals": [
            {"code": "points_short", "program": s.program_id, "observed": s.points, "needed": s.points_needed}
            for s in states
            if s.next_unit_due and not s.affordable
        ],
    }


def _facts(facts: AccountFacts, programs: tuple[Program, ...]) -> dict[str, Any]:
    counted = {}
    for program in programs:
        now = tally(program, facts.programs[program.id])
        counted[program.id] = {
            "version": program.version,
            "counted": now.counted,
            "history": now.history,
            "granted": now.granted,
            "held": now.held,
        }
    return {"points": facts.points, "programs": counted}
