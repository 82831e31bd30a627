"""A stranger's reader of our COSE receipts over scitt-cose.

    python scitt.py RECEIPT ENTRY KEY.pem

exits 0 where it accepts, 1 where it refuses and says at which step. Nothing of this
project is imported.
"""

import sys
from pathlib import Path

from scitt_cose import verify_receipt


def main():
    receipt, entry, key = (Path(name).read_bytes() for name in sys.argv[1:])
    told = verify_receipt(receipt, leaf_entry_hex=entry.hex(), log_public_key_pem=key)
    print("accepted" if told.ok else f"refused {told.failed_at}: {told.errors}")  # noqa: T201 a command
    return 0 if told.ok else 1


if __name__ == "__main__":
    sys.exit(main())
