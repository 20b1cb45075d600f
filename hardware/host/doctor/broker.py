"""The message broker and, through what it holds, the hub, as a node, a kiosk or the hub itself finds them.

The visit itself is the wire's (`hub/wire/visit.py`), for the wire alone knows MQTT and the topics; what it saw comes
here in the shape of `Visit`.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final, Protocol

from hardware.host.config import BrokerConfig
from hardware.host.doctor import network
from hardware.host.doctor.examination import Tools
from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning

START: Final = "sudo systemctl start mosquitto"

SLOW_MS: Final = 500.0
"""A message takes milliseconds in a store's network, and a screen is to answer a touch within a second."""


class Visit(Protocol):
    """What a visit to the broker saw."""

    @property
    def failure(self) -> str | None:
        """Why the broker did not let us in, in words; None when it did."""
        ...

    @property
    def round_trip_ms(self) -> float | None:
        """How long a message to ourselves took; None when it did not come back."""
        ...

    @property
    def hub(self) -> str | None:
        """What the retained state of the hub says: "online", "offline", "other_version", "unreadable"; or None."""
        ...

    @property
    def notice_ok(self) -> bool:
        """Whether the hub says that a privacy notice is in force; only meaningful when it is online."""
        ...


def caller(
    visit: Callable[..., Awaitable[Visit]], mqtt: BrokerConfig, store: str, tools: Tools
) -> Callable[[str], Awaitable[Visit]]:
    """The wire's visit to a configuration's broker, under a name of this run's own; takes the address."""
    return partial(
        visit, port=mqtt.port, store=store, visit_id=tools.entropy.new_id(), jitter=tools.entropy.uniform
    )


async def examine(
    mqtt: BrokerConfig,
    visit: Callable[[str], Awaitable[Visit]],
    judge_hub: Callable[[Visit | None], Iterable[Finding]],
) -> tuple[Finding, ...]:
    """Look at the broker, and through it at the hub.

    Args:
        mqtt: where it should be.
        visit: visits the broker at the given address (the name has been resolved).
        judge_hub: judges what the visit saw of the hub; told None when there was no way in.
    """
    facts = await network.reach(mqtt.host, mqtt.port)
    reached = network.judge("broker", facts, "the broker", START)
    if facts.address is None or facts.failure is not None:
        why = "nothing answers there"
        unknown = skipped("broker.login", why), skipped("broker.delivery", why)
        return (*reached, *unknown, *judge_hub(None))
    seen = await visit(facts.address)
    let_in = seen if seen.failure is None else None
    return (*reached, *judge(seen, mqtt.where), *judge_hub(let_in))


def judge(visit: Visit, at: str) -> tuple[Finding, Finding]:
    """Whether the broker lets us in and delivers."""
    if visit.failure is not None:
        return (
            problem(
                "broker.login",
                f"{at} does not let us in: {visit.failure}",
                "check that an MQTT 5 broker listens there, and its listener and access lists"
                " (`sudo journalctl -u mosquitto`)",
            ),
            skipped("broker.delivery", "no way in"),
        )
    login = ok("broker.login", f"{at} speaks MQTT 5 and lets us in")
    if visit.round_trip_ms is None:
        return login, problem(
            "broker.delivery",
            "a message to ourselves did not come back",
            "look at the broker's access list (a forbidden message is dropped without a word) and at its log",
        )
    observed = f"a message to ourselves took {visit.round_trip_ms:.0f} ms"
    if visit.round_trip_ms > SLOW_MS:
        fix = "look at the network (Wi-Fi signal, cable) and at the load of the broker's machine (`top`)"
        return login, warning("broker.delivery", observed, fix)
    return login, ok("broker.delivery", observed)


def judge_hub(visit: Visit | None, consequence: str) -> tuple[Finding, Finding]:
    """The hub and the store's notice, as somebody sees them who depends on both: `hub.state` and `hub.notice`.

    Args:
        visit: None when the broker could not be asked.
        consequence: what does not work without the hub.
    """
    if visit is None:
        return skipped("hub.state", "the broker cannot be asked"), skipped(
            "hub.notice", "the hub is not known"
        )
    unknown = skipped("hub.notice", "the hub is not there to say so")
    match visit.hub:
        case "online" if visit.notice_ok:
            return ok("hub.state", "the hub is online"), ok("hub.notice", "a privacy notice is in force")
        case "online":
            return ok("hub.state", "the hub is online"), problem(
                "hub.notice",
                "the hub has no privacy notice: nodes do not listen, and nothing is recognised",
                "hang the notice, add `[notice]` with its version to the store's configuration, restart the hub",
            )
        case "offline":
            fix = "start the hub on its machine: `comptoir hub run store.toml`"
            return problem("hub.state", f"the hub is offline: {consequence}", fix), unknown
        case None:
            fix = "start the hub, and check that `store` and `mqtt` are the same in its configuration and in this one"
            return problem(
                "hub.state", f"no hub of this store was ever at this broker: {consequence}", fix
            ), unknown
        case "other_version":
            fix = "bring the hub and this machine to the same version of comptoir (`comptoir --version`)"
            return problem("hub.state", f"the hub speaks another version: {consequence}", fix), unknown
        case _:
            fix = "find out which other program uses this broker's topics, and give it a broker of its own"
            return problem(
                "hub.state", f"what the broker keeps is no state of a hub: {consequence}", fix
            ), unknown
