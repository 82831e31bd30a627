import subprocess
import sys

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
