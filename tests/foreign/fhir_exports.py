"""What the wallet exports as FHIR of public records: the real import, the real export.

Files that go into one wallet leave in every form that is FHIR, whole and under a scope
that holds something back.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.support.wallets import NOON, open_wallet
from wallet.actions.patient.company import Whose
from wallet.actions.patient.importing import import_paths
from wallet.actions.patient.saving import save
from wallet.grants.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = ("patient-shared", "ips")
SCOPES = {"whole": Scope(), "part": Scope(denied=("SUD",))}


def exported(
    files: list[Path], folder: Path, *, scopes: tuple[str, ...] = tuple(SCOPES)
) -> Iterator[Path]:
    """Bring *files* into a fresh wallet and save every FHIR form of it in *folder*."""
    home = folder / "home"
    folder.mkdir(parents=True)
    with open_wallet(home) as wallet:
        import_paths(wallet, files, now=NOON, whose=Whose.MINE)
        for form in FORMS:
            for name in scopes:
                target = folder / f"{form}-{name}.json"
                save(wallet, form, target, scope=SCOPES[name], now=NOON)
                yield target
    shutil.rmtree(home)
