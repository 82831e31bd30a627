"""A stranger's library opens our health cards and links (npm kill-the-clipboard)."""

import json
import shutil
import subprocess

import pytest

from tests.foreign import tools
from tests.support.selections import chosen, files_of
from tests.support.shared_records import maya
from wallet.exports import card_pictures, health_link
from wallet.exports.smart.picture import numeric


@pytest.fixture(scope="module")
def dressed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    made = chosen(maya(), folder)
    return {**files_of(card_pictures.write(made)), **files_of(health_link.write(made))}


@pytest.fixture
def ask(tmp_path):
    if not shutil.which("node"):
        tools.missing("there is no Node here")
    if not (tools.HERE / "node_modules/kill-the-clipboard").is_dir():
        tools.missing("there is no kill-the-clipboard here")

    def run(**subject):
        case = tmp_path / "case.json"
        case.write_text(json.dumps(subject), encoding="utf-8")
        done = subprocess.run(
            ["node", tools.HERE / "clipboard.js", case],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout) if done.returncode == 0 else done.stdout

    return run


def cards(dressed):
    held = json.loads(dressed["health-cards.smart-health-card"])
    return held["verifiableCredential"], json.loads(dressed["public-keys.json"])["keys"]


def test_it_opens_a_card_of_each_kind(ask, dressed):
    jws, keys = cards(dressed)
    for number in (0, -1):
        bundle = ask(card=jws[number], key=keys[number])
        assert len(bundle["entry"]) > 1


def test_it_opens_the_file_and_the_numbers_of_the_picture(ask, dressed):
    jws, keys = cards(dressed)
    text = dressed["health-cards.smart-health-card"].decode()
    assert ask(file=text, key=keys[0]) == ask(numeric=numeric(jws[0]), key=keys[0])


def test_it_refuses_a_card_under_another_key(ask, dressed):
    jws, keys = cards(dressed)
    assert ask(card=jws[0], key=keys[1]).startswith("refused: ")


def test_it_opens_a_link_with_the_file_in_hand(ask, dressed):
    link = dressed["health-link.txt"].decode().strip()
    sealed = dressed["health-records.jwe"].decode()
    assert len(ask(link=link, sealed=sealed)["entry"]) > 600
    *kept, tag = sealed.split(".")  # its last letter has bits that say nothing
    changed = ".".join([*kept, ("A" if tag[0] != "A" else "B") + tag[1:]])
    assert ask(link=link, sealed=changed).startswith("refused: ")
