"""What `comptoir doctor` looks at in a hub: its data, its key, its port, the broker, and the files of its store."""

from hub.doctor.store import examine

__all__ = ["examine"]
