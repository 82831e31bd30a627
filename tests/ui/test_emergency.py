"""The emergency card in the window: off by default, seen before it leaves, kept new."""

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest

from tests.support.wallets import NOON, bring_in, bundle, open_wallet
from tests.ui import fake_emergency, gallery
from tests.ui.fake_desk import FakeDesk
from ui import printing
from ui.emergency_views import MOST_ITEMS, Call, Line, Offer, Wish
from ui.front_desk import FrontDesk
from wallet.actions.patient import byhand, emergency


@pytest.fixture
def over(opened):
    def go(desk):
        window = opened(lambda size: gallery._page(size, "emergency", desk))
        gallery.settle(window)
        return window.shell.pages["emergency"]

    return go


def settled(page):
    page.draw()
    gallery.settle(page.window())


def drafts(desk):
    return [
        one[1] for one in desk.asked if isinstance(one, tuple) and "draft" in one[0]
    ]


def test_at_first_nothing_is_ticked_and_nothing_can_be_printed(over):
    desk = FakeDesk()
    page = over(desk)
    ticks = [*page.about.ticks.values()]
    ticks += [tick for part in page.lines for tick in part.ticks.values()]
    assert len(ticks) == 9
    assert not any(tick.isChecked() for tick in ticks)
    assert not page.print.isEnabled()
    assert not page.save.isEnabled()
    assert drafts(desk) == [Wish()]
    assert "Nothing is on it yet" in page.preview._said.text()
    sensitive = page.lines[1].ticks["c2"].accessibleName()
    assert "Sensitive: mental health" in sensitive


def test_what_is_ticked_and_typed_is_kept_and_shown_as_it_will_print(over):
    desk = FakeDesk()
    page = over(desk)
    page.about.ticks["name"].click()
    page.lines[0].ticks["a1"].click()
    name, phone = page.people.fields[0]
    QTest.keyClicks(name.line, "Jonas")
    QTest.keyClicks(phone.line, "070")
    assert page._soon.isActive()
    settled(page)
    wish = Wish(
        with_name=True,
        items=frozenset({"a1"}),
        calls=(Call(name="Jonas", phone="070"),),
    )
    assert drafts(desk)[-1] == wish
    assert len(page.preview._sheets) == 2
    assert "page 1 of 2" in page.preview._sheets[0].accessibleName()
    assert "ALLERGIES: Penicillin" in page.preview._words.text().replace("\u200b", "")
    assert page.print.isEnabled()


def test_what_was_chosen_last_is_ticked_again_and_is_no_new_choice(over):
    desk = FakeDesk()
    desk.emergency = fake_emergency.FILLED
    page = over(desk)
    assert page.wish() == fake_emergency.FILLED.wish
    assert not page._soon.isActive()


def test_the_last_letters_are_kept_when_another_page_is_opened(over):
    desk = FakeDesk()
    page = over(desk)
    QTest.keyClicks(page.people.fields[0][0].line, "Jo")
    page.go.emit("take")
    gallery.settle(page.window())
    assert drafts(desk)[-1].calls == (Call(name="Jo"),)


def test_a_person_has_one_blood_group_and_at_most_three_people_to_call(over):
    desk = FakeDesk()
    desk.emergency = Offer(blood_groups=("A positive", "O positive"))
    page = over(desk)
    page.about.ticks["blood A positive"].click()
    page.about.ticks["blood O positive"].click()
    assert page.wish().blood_group == "O positive"
    page.people.more.click()
    page.people.more.click()
    assert page.people.more.isHidden()
    assert page.people.fields[2][0].line.accessibleName().startswith("Person 3")


def test_more_lines_than_a_card_holds_are_not_printed(over):
    desk = FakeDesk()
    lines = tuple(
        Line(key=str(n), kind="medicine", words=f"Medicine {n}")
        for n in range(MOST_ITEMS + 1)
    )
    wish = Wish(items=frozenset(line.key for line in lines[:MOST_ITEMS]))
    desk.emergency = Offer(lines=lines, wish=wish)
    page = over(desk)
    medicines = page.lines[2]
    assert medicines.more.text() == f"Show all {MOST_ITEMS + 1}"
    medicines.more.click()
    medicines.ticks[str(MOST_ITEMS)].click()
    settled(page)
    assert len(drafts(desk)) == 1
    assert not page.save.isEnabled()
    assert "room for 40 lines" in page.notice.words.text()


def test_a_saved_card_can_be_opened_and_counts_as_on_paper(over):
    desk = FakeDesk()
    desk.emergency = fake_emergency.FILLED
    page = over(desk)
    opened_files = []
    page.open_file = opened_files.append
    page.ask_where = lambda _parent: None
    page.save.click()
    page.ask_where = lambda _parent: Path("emergency-card.pdf")
    desk.emergency = fake_emergency.PRINTED
    page.save.click()
    gallery.settle(page.window())
    saved = [one for one in desk.asked if one[0] == "save_emergency"]
    assert saved == [
        ("save_emergency", fake_emergency.FILLED.wish, Path("emergency-card.pdf"))
    ]
    assert "not locked" in page.notice.words.text()
    page.notice.button.click()
    assert opened_files == [Path("emergency-card.pdf")]
    assert page.since.accessibleName().startswith("Three things have changed")


def test_without_a_printer_the_page_says_what_to_do(over, monkeypatch):
    monkeypatch.setattr(printing, "any_printer", lambda: False)
    desk = FakeDesk()
    desk.emergency = fake_emergency.FILLED
    page = over(desk)
    page.print.click()
    assert "No printer is set up" in page.notice.words.text()
    assert "emergency_pages" not in desk.asked


@pytest.mark.parametrize("sheet", ["a4", "card"])
def test_what_goes_to_the_printer_has_its_size_and_its_code_is_read(
    over, monkeypatch, tmp_path, sheet
):
    monkeypatch.setattr(printing, "any_printer", lambda: True)
    desk = FakeDesk()
    desk.emergency = fake_emergency.FILLED
    page = over(desk)
    page.preview.pills[sheet].click()
    page.ask_printer = lambda _parent: None
    page.print.click()
    gallery.settle(page.window())
    assert not any(one[0] == "emergency_printed" for one in desk.asked)
    printer = QPrinter()
    printer.setResolution(200)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    page.ask_printer = lambda _parent: printer
    page.print.click()
    gallery.settle(page.window())
    assert ("emergency_printed", page.wish()) in desk.asked
    assert "Sent to the printer" in page.notice.words.text()
    document = pypdfium2.PdfDocument(tmp_path / "out.pdf")
    try:
        assert len(document) == 2
        (found,) = zxingcpp.read_barcodes(document[1].render(scale=4).to_pil())
    finally:
        document.close()
    assert "CALL: Jonas" in found.text
    corners = (found.position.top_left.x, found.position.top_right.x)
    wide = (corners[1] - corners[0]) / 4 / 72 * 25.4
    assert 34 < wide < 42  # the code of a card on its back, in millimetres


def test_the_take_page_says_that_the_card_is_older_than_the_records(opened):
    desk = FakeDesk()
    window = opened(lambda size: gallery._page(size, "take", desk))
    page = window.shell.pages["take"]
    assert page.older.isHidden()
    desk.emergency = fake_emergency.PRINTED
    page.opened()
    gallery.settle(window)
    assert page.older.text() == "Three things have changed since you printed it."
    page.emergency.click()
    assert window.shell.stack.currentWidget() is window.shell.pages["emergency"]


def test_the_front_desk_keeps_draws_saves_and_forgets(tmp_path):
    born = {"resourceType": "Patient", "id": "m", "birthDate": "1951-04-17"}
    with open_wallet(tmp_path / "home") as wallet:
        bring_in(wallet, tmp_path, bundle(born))
        nuts = byhand.add(wallet, "allergy", {"name": "Nuts"}, now=NOON)
        desk = FrontDesk(tmp_path / "home")
        desk._wallet = wallet
        offer = desk.emergency_offer()
        assert (offer.born, offer.wish, offer.printed_at) == (
            "17 April 1951",
            Wish(),
            None,
        )
        assert desk.emergency_changes() == 0
        wish = Wish(items=frozenset({nuts}), calls=(Call(name="Jo", phone="1"),))
        draft = desk.emergency_draft(wish)
        assert "ALLERGIES: Nuts" in draft.text
        assert [page.width for page in draft.pages] == [900, 900]
        assert emergency.chosen(wallet).items == (nuts,)
        assert desk.emergency_pages(wish)[0].width == 2_400
        desk.save_emergency(wish, tmp_path / "card.pdf")
        assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF")
        byhand.add(wallet, "medicine", {"name": "Apixaban"}, now=NOON)
        assert desk.emergency_changes() == 1
        assert desk.emergency_offer().changes == (("Apixaban", "new in your records"),)
        desk.emergency_draft(Wish())
        assert emergency.chosen(wallet) == emergency.Choice()
        desk.lock()
        assert desk._offers is None
