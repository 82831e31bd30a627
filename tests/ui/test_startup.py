import subprocess
import sys

from tests.ui import gallery
from tests.ui.fake_desk import FakeDesk

SCRIPT = """
import sys
import ui.app
import ui.window
heavy = [
    name for name in sys.modules
    if name.split(".")[0] in {
        "urllib3", "keyring", "lxml", "pydicom", "orjson", "cryptography", "uvicorn",
        "mnemonic", "asyncio", "ssl",
    }
]
print(sorted({name.split(".")[0] for name in heavy}))
"""


def test_the_lock_screen_imports_nothing_it_does_not_need():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_an_unlock_needs_is_read_while_the_passphrase_is_typed(qtbot, opened):
    desk = FakeDesk()
    window = opened(lambda size: gallery.make(desk, size))
    qtbot.waitUntil(lambda: desk.ready)
    assert window.shell is None


def test_a_sync_is_the_first_to_read_the_library_that_asks(tmp_path):
    script = (
        "import sys; import wallet.actions.patient.network as _;"
        "from wallet.ledger.fetch import Http; Http('x').close();"
        "print('urllib3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
