"""Bytes of nobody's making against every parser of the ledger.

    python -m tests.fuzz [SECONDS]       `make fuzz SECONDS=600`

Each target starts from files that are good and changes them; a refusal is a typed
error, everything else is a defect. The short form runs in the gate (`test_fuzz.py`).
"""
