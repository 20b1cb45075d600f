"""Tables of purchases, rewards, points, holds and decisions: append-only facts; balances are derived.

They know an `account_id` and never a member: the link between the two is encrypted in the people's tables.
The permission record a decision rests on leads to a member, so it is sealed too (acceptance C7).
"""

from sqlite_utils import Database, Migrations

SALES_MIGRATIONS = Migrations("sales")

_TABLES = (
    """
    CREATE TABLE program_versions (
        version TEXT PRIMARY KEY,
        program_id TEXT NOT NULL,
        content TEXT NOT NULL,
        first_loaded_at_s REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE sales (
        sale_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('import', 'till', 'late')),
        till TEXT,
        sold_at_s REAL NOT NULL,
        total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
        discount_minor INTEGER NOT NULL CHECK (discount_minor BETWEEN 0 AND total_minor),
        points_used INTEGER NOT NULL CHECK (points_used >= 0),
        points_earned INTEGER NOT NULL CHECK (points_earned >= 0),
        decision_id TEXT REFERENCES decisions (decision_id)
    ) STRICT
    """,
    "CREATE INDEX sales_by_account ON sales (account_id, sold_at_s)",
    """
    CREATE TABLE sale_lines (
        sale_id TEXT NOT NULL REFERENCES sales (sale_id),
        line INTEGER NOT NULL,
        account_id TEXT NOT NULL,
        product_id TEXT NOT NULL,
        description TEXT NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity >= 0),
        unit_price_minor INTEGER NOT NULL CHECK (unit_price_minor >= 0),
        paid_minor INTEGER NOT NULL CHECK (paid_minor >= 0),
        till_discount_minor INTEGER NOT NULL CHECK (till_discount_minor >= 0),
        points_earned INTEGER NOT NULL CHECK (points_earned >= 0),
        PRIMARY KEY (sale_id, line)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX sale_lines_by_product ON sale_lines (account_id, product_id)",
    """
    CREATE TABLE counted_lines (
        account_id TEXT NOT NULL,
        program_id TEXT NOT NULL,
        sale_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        PRIMARY KEY (account_id, program_id, sale_id, line),
        FOREIGN KEY (sale_id, line) REFERENCES sale_lines (sale_id, line)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE grants (
        sale_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        program_id TEXT NOT NULL,
        program_version TEXT NOT NULL REFERENCES program_versions (version),
        units INTEGER NOT NULL CHECK (units > 0),
        discount_minor INTEGER NOT NULL CHECK (discount_minor > 0),
        points INTEGER NOT NULL CHECK (points >= 0),
        on_return TEXT NOT NULL,
        PRIMARY KEY (sale_id, line, program_id),
        FOREIGN KEY (sale_id, line) REFERENCES sale_lines (sale_id, line)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE returns (
        return_id TEXT PRIMARY KEY,
        sale_id TEXT NOT NULL REFERENCES sales (sale_id),
        till TEXT NOT NULL,
        returned_at_s REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX returns_by_sale ON returns (sale_id)",
    """
    CREATE TABLE return_lines (
        return_id TEXT NOT NULL REFERENCES returns (return_id),
        sale_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        refund_minor INTEGER NOT NULL CHECK (refund_minor >= 0),
        points_withdrawn INTEGER NOT NULL CHECK (points_withdrawn >= 0),
        PRIMARY KEY (return_id, line),
        FOREIGN KEY (sale_id, line) REFERENCES sale_lines (sale_id, line)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX return_lines_by_sale ON return_lines (sale_id, line)",
    """
    CREATE TABLE grant_reversals (
        return_id TEXT NOT NULL REFERENCES returns (return_id),
        sale_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        program_id TEXT NOT NULL,
        units INTEGER NOT NULL CHECK (units > 0),
        points INTEGER NOT NULL CHECK (points >= 0),
        PRIMARY KEY (return_id, line, program_id),
        FOREIGN KEY (sale_id, line, program_id) REFERENCES grants (sale_id, line, program_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX grant_reversals_by_sale ON grant_reversals (sale_id, line, program_id)",
    """
    CREATE TABLE point_lots (
        lot_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        points INTEGER NOT NULL CHECK (points > 0),
        earned_at_s REAL NOT NULL,
        expires_at_s REAL NOT NULL,
        reason TEXT NOT NULL,
        sale_id TEXT REFERENCES sales (sale_id)
    ) STRICT
    """,
    "CREATE INDEX point_lots_by_account ON point_lots (account_id, expires_at_s)",
    """
    CREATE TABLE point_moves (
        move_id INTEGER PRIMARY KEY,
        lot_id TEXT NOT NULL REFERENCES point_lots (lot_id),
        points INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('spent', 'spent_reversed', 'earned_reversed')),
        sale_id TEXT NOT NULL REFERENCES sales (sale_id),
        return_id TEXT REFERENCES returns (return_id),
        moved_at_s REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX point_moves_by_lot ON point_moves (lot_id)",
    "CREATE INDEX point_moves_by_sale ON point_moves (sale_id)",
    """
    CREATE TABLE holds (
        hold_id TEXT PRIMARY KEY,
        basket_id TEXT NOT NULL,
        till TEXT NOT NULL,
        account_id TEXT,
        status TEXT NOT NULL CHECK (status IN ('held', 'committed', 'released')),
        expires_at_s REAL NOT NULL,
        content TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX holds_by_basket ON holds (basket_id)",
    "CREATE INDEX holds_by_account ON holds (account_id, status)",
    """
    CREATE TABLE hold_grants (
        hold_id TEXT NOT NULL REFERENCES holds (hold_id) ON DELETE CASCADE,
        program_id TEXT NOT NULL,
        units INTEGER NOT NULL CHECK (units > 0),
        PRIMARY KEY (hold_id, program_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hold_lots (
        hold_id TEXT NOT NULL REFERENCES holds (hold_id) ON DELETE CASCADE,
        lot_id TEXT NOT NULL REFERENCES point_lots (lot_id),
        points INTEGER NOT NULL CHECK (points > 0),
        PRIMARY KEY (hold_id, lot_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE decisions (
        decision_id TEXT PRIMARY KEY,
        decided_at_s REAL NOT NULL,
        content TEXT NOT NULL,
        permission BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE answers (
        idempotency_key TEXT PRIMARY KEY,
        operation TEXT NOT NULL,
        body_sha256 TEXT NOT NULL,
        answer TEXT NOT NULL,
        answered_at_s REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX answers_by_age ON answers (answered_at_s)",
)


@SALES_MIGRATIONS()
def create(database: Database) -> None:
    """The first set of tables."""
    for statement in _TABLES:
        database.execute(statement)
