"""The desk's tables, as steps for `wallet.store.migrations`."""

STEPS = (
    (
        """
        CREATE TABLE inbox (
          leaf BLOB PRIMARY KEY,
          file BLOB NOT NULL,
          origin TEXT NOT NULL,
          control_key BLOB NOT NULL,
          first_seen REAL NOT NULL,
          next_place INTEGER NOT NULL DEFAULT 0,
          sequence INTEGER,
          manifest BLOB
        ) STRICT
        """,
        """
        CREATE TABLE notice (
          leaf BLOB PRIMARY KEY, signed BLOB NOT NULL, taken_at REAL NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE receipt (
          leaf BLOB NOT NULL, place INTEGER NOT NULL,
          object_id BLOB NOT NULL, entry BLOB NOT NULL, salt BLOB NOT NULL,
          sealed BLOB NOT NULL, manner INTEGER NOT NULL, relay TEXT,
          made_at REAL NOT NULL, entry_index INTEGER, state TEXT NOT NULL,
          PRIMARY KEY (leaf, place)
        ) STRICT
        """,
        """
        CREATE TABLE chart (
          name TEXT PRIMARY KEY, pair_sign BLOB NOT NULL, pair BLOB NOT NULL UNIQUE,
          confirmed_at REAL NOT NULL
        ) STRICT
        """,
    ),
)
