"""The configuration file of a ledger: what it says, and what nobody may say."""

import argparse
import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from wallet.actions.operator.config import Config, read_config
from wallet.cli.ledger import serve
from wallet.errors import UsageError

EXAMPLE = Path(__file__).parents[2] / "packaging" / "ledger.toml"


def written(folder, text):
    path = folder / "ledger.toml"
    path.write_text(text, "utf-8")
    return path


def told(*words):
    """The words of a command after the file was read."""
    parser = argparse.ArgumentParser()
    serve.add_commands(parser.add_subparsers())
    args = parser.parse_args(["serve", *map(str, words)])
    serve._fill(args, read_config(args.config))
    return args


def test_the_example_names_every_key_there_is_and_no_other():
    text = re.sub(r"(?m)^# ([a-z_]+ = )", r"\1", EXAMPLE.read_text("utf-8"))
    named = {name: set(section) for name, section in tomllib.loads(text).items()}
    known = {
        one.name: set(asdict(getattr(Config(), one.name))) for one in fields(Config)
    }
    assert named == known
    assert read_config(EXAMPLE).log.interval == 2.0


def test_the_command_line_wins_over_the_file(tmp_path):
    path = written(
        tmp_path,
        '[listen]\nport = 8680\n[log]\npolicy = "p"\ninterval = 2\norigin = "a/b"\n',
    )
    args = told("--config", path)
    assert (args.port, args.interval, args.origin) == (8680, 2, "a/b")
    assert args.policy == tmp_path / "p"  # beside the file, from wherever it is read
    args = told("--config", path, "--port", "99", "--witness", "x=http://y")
    assert (args.port, args.interval) == (99, 2)
    assert args.policy is None
    assert args.witness == ["x=http://y"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[log]\n\nintervall = 1\n", "line 3: log.intervall is not known"),
        ("[listen]\nhost = 1\n", "line 2: listen.host is no str"),
        ("[listen]\nport = true\n", "line 2: listen.port is no int"),
        ("[log]\nwitness = [1]\n", r"line 2: log.witness is no list\[str\]"),
        ("[listen]\nport = 1\n[logg]\n", r"line 3: there is no section \[logg\]"),
        ("port = 1\n", r"line 1: there is no section \[port\]"),
        ("[log\n", "line 1"),
        ("x" * 70_000, "too long"),
        ('[store]\nstore = "postgresql://a:secret@b/c"\n', "pgpass"),
    ],
)
def test_what_nobody_knows_stops_the_start_and_names_its_line(tmp_path, text, said):
    with pytest.raises(UsageError, match=said) as refused:
        told("--config", written(tmp_path, text))
    assert "secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        told("--config", tmp_path / "none")
