"""One share, one opening, one withdrawal: both readers agree on every value."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors import make
from tests.vectors.second_reader import Story, load

STORY, PACKAGE = load()
PROJECT = Path(__file__).parents[2]
# Sealing draws its own randomness, and these hold or follow from what is sealed.
SEALED = {
    "share": {"sb", "file", "stick_file", "put"},
    "open": {"sd", "r", "re", "stamp", "tlog_proof", "request", "answer"},
    "withdraw": {"tlog_proof"},
}


def leaves(value, path=()):
    """The place of every single value."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return [path]
    return [leaf for key, item in pairs for leaf in leaves(item, (*path, key))]


PLACES = [path for path in leaves(STORY) if path != ("about",)]


def altered(value):
    """Another value of the same kind: one bit, one more, another letter."""
    if isinstance(value, int):
        return value + 1
    if all(letter in "0123456789abcdef" for letter in value):
        middle = len(value) // 2
        return f"{value[:middle]}{int(value[middle], 16) ^ 1:x}{value[middle + 1 :]}"
    return "x" + value[1:]


def test_the_second_reader_follows_the_page_to_every_value(record_property):
    Story(STORY, PACKAGE).check()
    record_property("story", {"values": len(PLACES)})
    assert len(PLACES) == 112


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_value_changed_by_one_bit_is_not_what_the_page_says(path):
    story = copy.deepcopy(STORY)
    holder = story
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = altered(holder[path[-1]])
    with pytest.raises(Exception):  # noqa: B017, PT011 whatever stumbles over it first
        Story(story, PACKAGE).check()


@pytest.mark.parametrize("place", [0, 4, 8, 40, 60, 73, 65_000, 65_700, -1])
def test_a_package_changed_by_one_bit_is_not_what_the_page_says(place):
    package = bytearray(PACKAGE)
    package[place] ^= 1
    with pytest.raises(Exception):  # noqa: B017, PT011 whatever stumbles over it first
        Story(STORY, bytes(package)).check()


def test_the_second_reader_loads_nothing_of_the_wallet():
    program = (
        "import sys; from tests.vectors.second_reader import Story, load; "
        "Story(*load()).check(); "
        "print([name for name in sys.modules if name.split('.')[0] == 'wallet'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_the_command_makes_the_same_values_wherever_nothing_is_sealed(tmp_path):
    make.make(tmp_path)
    again = json.loads((tmp_path / "story.json").read_text(encoding="utf-8"))
    Story(again, (tmp_path / "story.hwp").read_bytes()).check()
    for part, values in STORY.items():
        if part not in SEALED:
            assert again[part] == values
            continue
        same = {name for name in values if again[part][name] == values[name]}
        assert set(values) - same <= SEALED[part]
    assert (tmp_path / "story.hwp").read_bytes() == PACKAGE
