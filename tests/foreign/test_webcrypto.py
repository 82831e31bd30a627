"""A package opens with what every browser has, and with nothing of ours."""

import shutil
import subprocess

import pytest

from tests.foreign.tools import HERE, missing
from tests.vectors.second_reader import load

STORY, PACKAGE = load()
KEY = STORY["share"]["k"]


@pytest.fixture
def opened(tmp_path):
    """Open bytes with WebCrypto: exit code, and the digest or why not."""
    if not shutil.which("node"):
        missing("there is no Node here")

    def run(data, key=KEY):
        path = tmp_path / "package.hwp"
        path.write_bytes(data)
        done = subprocess.run(
            ["node", HERE / "webcrypto.js", path, key],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not done.stderr
        return done.returncode, done.stdout.strip()

    return run


def test_a_browsers_cryptography_opens_the_package(opened):
    assert opened(PACKAGE) == (0, STORY["share"]["t_sha256"])


def test_another_key_a_cut_and_a_flip_are_refused_there_too(opened):
    assert opened(PACKAGE, STORY["share"]["leaf"]) == (1, "refused: another key")
    first_chunk = 73 + 65_552
    for data in (
        PACKAGE[:first_chunk],
        PACKAGE[:-1],
        PACKAGE[:-20] + bytes([PACKAGE[-20] ^ 1]) + PACKAGE[-19:],
        PACKAGE[:first_chunk] + PACKAGE[73:],
    ):
        assert opened(data)[0] == 1
