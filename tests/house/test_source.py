"""House rules a linter does not know: names, letters, addresses, lengths."""

import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
BINARY = {".png", ".ttf", ".otf", ".woff2", ".ico", ".pdf", ".db", ".bin", ".zip"}
NO_NAMES = {"utils", "util", "common", "helpers", "core", "manager", "misc"}
LONG = 500
# Written in two pieces, so that this file is not its own first finding.
MACHINE_PATH = re.compile("/" + r"(work|root)/|" + re.escape(f"{Path.home()}/"))
REGISTRY = re.compile(
    "|".join(
        a + r"\." + b
        for a, b in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("debian", "org/debian"),
            ("ubuntu", "com/ubuntu"),
            ("pkg", "dev"),
        ]
    )
)


def tracked():
    """Every file of the project, without what lies in ignored folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [name.decode() for name in listed.stdout.split(b"\0") if name]
        return [path for name in names if (path := PROJECT / name).is_file()]
    hidden = re.compile(
        r"(^|/)(\.(?!ci/|gitignore)|__pycache__|build|dist|gallery|node_modules)"
    )
    return [
        path
        for path in PROJECT.rglob("*")
        if path.is_file() and not hidden.search(str(path.relative_to(PROJECT)))
    ]


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]
TEXT = [path for path in FILES if path.suffix not in BINARY]


def named(paths):
    return [str(path.relative_to(PROJECT)) for path in paths]


def test_there_is_something_to_look_at():
    assert PROJECT / "wallet" / "verdict.py" in PYTHON


def test_source_is_ascii():
    odd = [path for path in PYTHON if not path.read_bytes().isascii()]
    assert not named(odd), "write other letters as escapes, translations apart"


def test_no_room_is_called_utils():
    vague = [
        path for path in PYTHON if NO_NAMES & {*path.relative_to(PROJECT).parts[:-1]}
    ] + [path for path in PYTHON if path.stem in NO_NAMES]
    assert not named(vague)


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["path", "host"])
def test_no_file_knows_the_machine_it_was_written_on(pattern):
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in TEXT
        if (match := pattern.search(path.read_text(errors="replace")))
    ]
    assert not found


def test_a_lock_is_hashed_and_names_no_host():
    for name in ("uv", "dev", "app"):
        lock = (PROJECT / "locks" / f"{name}.txt").read_text()
        assert "://" not in lock
        wanted = re.findall(
            r"^[\w.-]+==\S+.*(?:\n\s+--hash=sha256:\w{64}.*)+", lock, re.MULTILINE
        )
        assert len(wanted) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)) > 0


def test_every_package_opens_with_a_sentence_on_its_job():
    silent = [
        path
        for path in PYTHON
        if path.is_relative_to(PROJECT / "wallet")
        and not path.read_text().lstrip().startswith(('"""', "#!"))
    ]
    assert not named(silent)


def test_long_modules_are_listed(record_property):
    lengths = {
        str(path.relative_to(PROJECT)): len(path.read_text().splitlines())
        for path in PYTHON
        if not path.is_relative_to(PROJECT / "tests")
    }
    record_property("modules", len(lengths))
    record_property("longest", max(lengths.items(), key=lambda item: item[1]))
    too_long = {name: lines for name, lines in lengths.items() if lines > LONG}
    assert not too_long, f"modules over {LONG} lines want a split: {too_long}"
