"""The demo's world is built: keys, servers, trust, accreditations, clinics, a patient.

Everybody's home lies in a folder of its own under one folder, as it would on machines
of their own. Two of three witnesses are needed; one of them and the operator
together could still show two histories (PROTOCOL.md 9).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wallet.actions.demo.children import ask
from wallet.actions.demo.parties import (
    NEW_CLINIC,
    OLD_CLINIC,
    PATIENT,
    Party,
    Reader,
    Server,
    World,
)
from wallet.actions.demo_world import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from wallet.actions.demo.children import Children

_SEED = "maya"


def build(
    folder: Path, children: Children, *, today: date, say: Callable[[str], None]
) -> World:
    raise NotImplementedError


def bring_in(world: World) -> None:
    """Import the patient's files."""
    maya = world.patient
    ask("import", *world.records, home=maya.home, passphrase_file=maya.passphrase_file)
