"""A page is made when it is first needed, once, and wired before anybody has it."""

import pytest

from tests.ui import gallery
from ui.page_shelf import PageShelf


def test_looking_a_page_up_makes_it_once_and_tells_who_wires_it():
    made = []
    makers = {"one": lambda: ["one"], "two": lambda: ["two"]}
    shelf = PageShelf(makers, made=made.append)
    assert (list(shelf), len(shelf), shelf.made(), made) == (["one", "two"], 2, (), [])
    first = shelf["two"]
    assert shelf["two"] is first
    assert made == [first]
    assert shelf.made() == (first,)
    with pytest.raises(KeyError):
        shelf["three"]


def test_home_stands_without_a_page_nobody_asked_for(opened):
    shell = opened(gallery.home).shell
    assert shell.pages.made() == (shell.pages["home"],)
    shell.show_page("share")
    assert shell.pages.made() == (shell.pages["home"], shell.pages["share"])
