"""Tables of members, cards, fobs and permission acts. No column holds an identifier in the clear.

| table | in the clear | encrypted under the member's key |
|---|---|---|
| `members` | member id, symbol | the account id: the only link to purchases |
| `cards` | a blind index of the number | the number |
| `fobs` | a blind index of the key | key, rotation and clock, or the static identifier; the tag's model |
| `permission_events` | member id, order | the whole act, its record id included |
| `permission_uses` | a blind index of the record id | |
| `people_changes` | member id, at which revision their fobs or permissions changed last | |

The record id is encrypted because decisions name it beside an account: in the clear it would be the missing
link.
"""

from sqlite_utils import Database, Migrations

PEOPLE_MIGRATIONS = Migrations("people")


@PEOPLE_MIGRATIONS()
def m001_people(database: Database) -> None:
    """Create everything of plan 1; acts about permissions can only be added."""
    for statement in _STATEMENTS:
        database.execute(statement)


@PEOPLE_MIGRATIONS()
def m002_changes(database: Database) -> None:
    """Note who changed, so that a running hub reads them again and not everybody."""
    for statement in _CHANGES:
        database.execute(statement)


@PEOPLE_MIGRATIONS()
def m003_models(_database: Database) -> None:
    """Mark that a fob's secret may name its model: a release before it could not read such a secret."""


_NOTING = """CREATE TRIGGER {name} AFTER {event} BEGIN
    INSERT INTO people_changes SELECT {row}.member_id, revision FROM people_state WHERE true
        ON CONFLICT (member_id) DO UPDATE SET revision = excluded.revision; END"""

_CHANGES = (
    "CREATE TABLE people_changes (member_id TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX people_changes_by_revision ON people_changes (revision)",
    _NOTING.format(name="fob_added", event="INSERT ON fobs", row="NEW"),
    _NOTING.format(name="fob_changed", event="UPDATE ON fobs", row="NEW"),
    _NOTING.format(name="fob_removed", event="DELETE ON fobs", row="OLD"),
    _NOTING.format(name="permission_acted", event="INSERT ON permission_events", row="NEW"),
)

_STATEMENTS = (
    """CREATE TABLE members (
        member_id TEXT PRIMARY KEY, symbol TEXT NOT NULL, wrapped_key BLOB NOT NULL, account BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE cards (
        card_index BLOB PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members, number BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE fobs (
        fob_id TEXT PRIMARY KEY, member_id TEXT NOT NULL REFERENCES members,
        key_index BLOB NOT NULL UNIQUE, secret BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX fobs_by_member ON fobs (member_id)",
    """CREATE TABLE permission_events (
        event_id INTEGER PRIMARY KEY AUTOINCREMENT, member_id TEXT NOT NULL REFERENCES members,
        act BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX permission_events_by_member ON permission_events (member_id)",
    """CREATE TRIGGER permission_events_stay BEFORE UPDATE ON permission_events
        BEGIN SELECT RAISE(ABORT, 'permission acts are never changed'); END""",
    """CREATE TRIGGER permission_events_remain BEFORE DELETE ON permission_events
        BEGIN SELECT RAISE(ABORT, 'permission acts are never deleted'); END""",
    "CREATE TABLE permission_uses (use_index BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
    """CREATE TABLE people_state (
        only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL, clock_mark_s REAL NOT NULL,
        key_check BLOB
    ) STRICT""",
    "INSERT INTO people_state VALUES (1, 0, 0.0, NULL)",
)
