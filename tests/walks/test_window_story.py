"""The story of the patient, in the real window, over servers and desks that run."""

import re

import pytest

from tests.support.at_the_window import PASSPHRASE, at_the_window, first_run
from tests.support.town import Town
from ui import theme
from wallet.actions.demo.children import Children


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    with Children(folder / "logs") as children:
        made = Town(folder, children)
        yield made
        made.close()


@pytest.fixture(autouse=True)
def look(qapp):
    theme.load_fonts()
    theme.apply(qapp, theme.Theme())


def bring_in(maya, paths):
    maya.waits_for("Drop files or a folder here")
    maya.drops(*paths)
    maya.waits_for("Nothing is kept yet")
    maya.presses("Keep them all")
    said = maya.waits_for("Nothing was lost")
    assert said.startswith(f"Read {len(paths)} file")


def look_through(maya):
    """The timeline, a search that finds, and the page of one record."""
    maya.presses("Look at my records")
    total = int(maya.waits_for(" places, ").split()[0])
    assert total >= 600
    maya.types("Search your records", "cholesterol ldl")
    maya.waits_for("LDL")
    maya.chooses_row("LDL")
    maya.waits_for("usual range")
    maya.presses("The original")
    return total


def share_with(maya, reader, verdict):
    """Drop the card, read what the ledger says of it, and what they would see."""
    maya.presses("Share")
    maya.drops(reader.card)
    maya.waits_for(verdict)
    maya.waits_for("Checked against the ledger as of today")
    said = maya.waits_for("and nothing else")
    return int(re.search(r"[Tt]hese (\d+) records", said)[1])


def hand_over(maya, path):
    """Save the file the reader needs; the person names the place."""
    maya.window.shell.permission.ask_where = lambda _parent: path
    maya.presses("Save the file")
    maya.waits_for(f"Saved as {path}")
    return path


def activity(maya):
    """Who opened what, and that nobody else did."""
    maya.presses("Activity")
    maya.waits_for("Dr. Amara Osei opened")
    maya.presses("Prove it")
    maya.waits_for("Complete and unaltered up to today")
    assert maya.sees("No other opening is recorded")
    assert maya.sees("Prove it again")


def end_access(maya):
    maya.presses("Home")
    maya.waits_for("One reader may see records of yours")
    maya.presses("Dr. Amara Osei")
    maya.presses("End Dr. Amara Osei's access")
    maya.waits_for("Ended by you")


def take_with_me(maya, stick):
    """A stick is written, and another day checked."""
    stick.mkdir()
    maya.presses("Take with me")
    maya.window.shell.pages["take"].ask_folder = lambda _parent: stick
    maya.presses("Check a copy")
    maya.waits_for("There is no copy of your records here.")
    maya.presses("Choose a folder")
    maya.presses("Write all my records here")
    maya.waits_for("Safe to remove")
    maya.presses("Check a copy")
    maya.waits_for("This copy is whole")
    page = next(stick.rglob("START-HERE.html"))
    page.write_bytes(page.read_bytes().replace(b"<", b" <", 1))
    maya.presses("Check a copy")
    maya.waits_for("Do not rely on this copy")


def lock_and_unlock(maya):
    maya.presses("Lock now")
    maya.waits_for("Welcome back")
    assert not maya.sees("Osei")
    maya.types("Passphrase", PASSPHRASE)
    maya.presses("Unlock")
    maya.waits_for("Nobody but you can see your records.")


def test_a_patient_lets_a_new_doctor_in_and_out_again(town, qapp, tmp_path):
    old, new, home = town.world.old, town.world.new, town.newcomer("maya-at-home")
    with at_the_window(home, qapp) as maya:
        first_run(maya)
        bring_in(maya, town.world.records)
        look_through(maya)

        share_with(maya, old, "Dr. Henrik Lind is licensed: Family doctor")
        maya.presses("Share for 90 days")
        maya.waits_for("Dr. Henrik Lind can look until")
        old_file = hand_over(maya, tmp_path / "old.hwgrant")
        assert town.check(old, old_file)["status"] == "go_ahead"

        shown = share_with(maya, new, "Dr. Amara Osei is licensed: Cardiologist")
        maya.presses("I am switching: end Dr. Henrik Lind's access too")
        maya.presses("Switch, and share for 90 days")
        maya.waits_for("Dr. Amara Osei can look until")
        new_file = hand_over(maya, tmp_path / "new.hwgrant")
        # Shared first, ended right after: never the other way round.
        maya.waits(lambda: town.check(old, old_file)["reason"] == "withdrawn")
        assert town.open(new, new_file, tmp_path / "opened").code == 0
        assert (tmp_path / "opened" / "START-HERE.html").is_file()

        activity(maya)
        assert maya.sees(f"Dr. Amara Osei opened {shown} records")
        end_access(maya)
        refused = town.open(new, new_file, tmp_path / "refused")
        assert (refused.code, refused["reason"]) == (1, "withdrawn")
        assert not any((tmp_path / "refused").iterdir())
        take_with_me(maya, tmp_path / "stick")
        lock_and_unlock(maya)

    with at_the_window(home, qapp) as maya:
        maya.types("Passphrase", PASSPHRASE)
        maya.presses_return()
        maya.waits_for("Nobody but you can see your records.")
        maya.presses("Share")
        maya.waits_for("No longer")
        assert maya.sees("Replaced")
        assert maya.sees("Ended by you")


def test_a_ledger_that_dies_while_sharing_loses_nothing_and_is_tried_by_itself(
    town, qapp
):
    new, home = town.world.new, town.newcomer("maya-on-the-road")
    with at_the_window(home, qapp) as maya:
        first_run(maya)
        bring_in(maya, town.world.records[:1])
        share_with(maya, new, "Dr. Amara Osei is licensed: Cardiologist")
        town.kill_ledger()
        maya.presses("Share for 90 days")
        maya.waits_for("It counts as soon as the public ledger has it")
        maya.waits_for("It does not answer right now.")
        maya.presses("Home")
        maya.waits_for("Signed, not yet in force: Dr. Amara Osei.")
        maya.presses("Lock now")
    with at_the_window(home, qapp) as maya:
        maya.types("Passphrase", PASSPHRASE)
        maya.presses("Unlock")
        maya.waits_for("Signed, not yet in force: Dr. Amara Osei.")
        town.restart_ledger()
        maya.waits_until_gone("Signed, not yet in force")
        maya.waits_for("In force")
        end_while_the_ledger_hangs(maya, town)


def end_while_the_ledger_hangs(maya, town):
    """A server that takes a call and says nothing keeps nobody from looking around."""
    with town.silent_ledger():
        maya.presses("Dr. Amara Osei")
        maya.presses("End Dr. Amara Osei's access")
        maya.waits_for("Signing and sending...")
        maya.presses("Records")
        maya.types("Search your records", "vaccine")
        maya.waits_for("Tetanus and diphtheria vaccine")
        maya.presses("Share")
        maya.waits_for("Ending, not yet in force")
    maya.waits_for("Ended by you")
