import pytest
from PySide6.QtGui import QColor, QFontInfo, QPalette
from PySide6.QtWidgets import QLineEdit, QWidget

from ui import icons, theme
from ui.theme import DARK, LIGHT, Theme, Tone, Type

BOTH = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
GROUNDS = ("paper", "surface", "sunken")
WORDS = ("ink", "muted", "accent", "go", "wait", "stop", "calm")


@BOTH
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("words", WORDS)
def test_text_stands_out_from_every_ground(tokens, ground, words):
    ratio = theme.contrast(getattr(tokens, words), getattr(tokens, ground))
    assert ratio >= 4.5, f"{words} on {ground}: {ratio:.2f}"


@BOTH
@pytest.mark.parametrize("tone", ["accent", "go", "wait", "stop", "calm"])
def test_text_stands_out_from_its_own_soft_ground(tokens, tone):
    ratio = theme.contrast(getattr(tokens, tone), getattr(tokens, f"{tone}_soft"))
    assert ratio >= 4.5, f"{tone}: {ratio:.2f}"


@BOTH
def test_text_stands_out_on_the_accent_and_on_a_chosen_row(tokens):
    assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert theme.contrast(tokens.on_accent, tokens.stop) >= 4.5
    assert theme.contrast(tokens.ink, tokens.accent_soft) >= 4.5
    assert theme.contrast(tokens.muted, tokens.accent_soft) >= 4.5


@BOTH
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("edge", ["strong", "calm", "accent"])
def test_edges_and_the_focus_ring_stand_out(tokens, ground, edge):
    assert theme.contrast(getattr(tokens, edge), getattr(tokens, ground)) >= 3.0


def test_contrast_of_black_and_white_is_the_published_one():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


def test_no_text_is_smaller_than_fourteen_pixels():
    assert min(kind.value[0] for kind in Type) == 14


def test_text_doubles_at_twice_the_size_and_air_does_not():
    twice = Theme(scale=2.0)
    assert twice.font(Type.TEXT).pixelSize() == 32
    assert twice.px(20) == 40
    assert twice.control(48) == 72


def test_the_shipped_font_is_used(qapp):
    for kind in Type:
        info = QFontInfo(theme.current().font(kind))
        assert info.family() == theme.FAMILY
        assert info.weight() == kind.value[1]


@BOTH
def test_a_theme_reaches_every_widget(qapp, tokens):
    theme.apply(qapp, Theme(tokens=tokens))
    widget = QWidget()
    ground = widget.palette().color(QPalette.ColorRole.Window)
    assert ground == QColor(tokens.paper)


def test_the_style_sheet_stays_short(qapp):
    sheet = Theme().style_sheet()
    assert len(sheet.splitlines()) < 60
    line = QLineEdit()
    assert line.sizeHint().height() >= 46


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_paints_something(qapp, name):
    picture = icons.icon(name, color=QColor("#000000"), size=24).pixmap(24, 24)
    image = picture.toImage()
    inked = [
        (x, y) for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha()
    ]
    assert len(inked) > 12


def test_a_soft_ground_exists_for_every_tone():
    for tone in Tone:
        assert Theme().soft(tone).isValid()
