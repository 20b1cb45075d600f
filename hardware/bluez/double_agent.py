"""org.bluez.AgentManager1 of the double: takes agents, as bluetoothctl registers one at its start, and asks none."""

from dbus_fast import DBusError
from dbus_fast.annotations import DBusObjectPath, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method

from hardware.bluez.names import AGENT_MANAGER, ALREADY_EXISTS, DOES_NOT_EXIST


class DoubleAgentManager(ServiceInterface):
    """Nothing pairs with the double, so no agent is ever called."""

    def __init__(self) -> None:
        super().__init__(AGENT_MANAGER)
        self._agents: set[str] = set()

    @dbus_method(name="RegisterAgent")
    def register_agent(self, agent: DBusObjectPath, capability: DBusStr) -> None:  # noqa: ARG002 - the interface's signature
        """Take an agent."""
        if agent in self._agents:
            raise DBusError(ALREADY_EXISTS, "Already Exists")
        self._agents.add(agent)

    @dbus_method(name="UnregisterAgent")
    def unregister_agent(self, agent: DBusObjectPath) -> None:
        """Let an agent go."""
        if agent not in self._agents:
            raise DBusError(DOES_NOT_EXIST, "Does Not Exist")
        self._agents.discard(agent)

    @dbus_method(name="RequestDefaultAgent")
    def request_default_agent(self, agent: DBusObjectPath) -> None:
        """Make an agent the default one."""
        if agent not in self._agents:
            raise DBusError(DOES_NOT_EXIST, "Does Not Exist")
