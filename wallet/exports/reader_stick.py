"""A stick for one reader: the permission and the package, both sealed to that reader.

Nothing on it can be read without the reader's key, and no word on it says whose
records these are or who the reader is (PROTOCOL.md 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.exports.page_style import STYLE, policy
from wallet.exports.parts import Part, of_bytes, of_file
from wallet.exports.readable import PATH

if TYPE_CHECKING:
    from pathlib import Path

PERMISSION_PATH = "permission.hwgrant"
PACKAGE_PATH = "package.hwp"

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Health records for one reader</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>Health records for one reader</h1>
<p class="lead">They are encrypted. Only the clinic they were made for can open them,
and only while the patient's permission stands.</p>
</header>
<main>
<h2>If you are that clinic</h2>
<p>Open the file {PERMISSION_PATH} with Heartwood at your desk. It needs no network.
The next time your desk is connected, the patient sees that you opened the records.</p>
<h2>If you found this stick</h2>
<p>Nothing on it can be read. Please hand it in where you found it.</p>
</main>
</body>
</html>
"""


def for_reader(*, grant_file: bytes, package: Path) -> tuple[Part, ...]:
    """The parts of a stick for one reader.

    Args:
        grant_file: With both shares, as PROTOCOL.md 5 wants it for a stick.
        package: The encrypted package, a file.
    """
    return (
        of_bytes(PATH, _PAGE.encode("ascii")),
        of_bytes(PERMISSION_PATH, grant_file),
        of_file(PACKAGE_PATH, package),
    )
