import pytest

from ui.units import say_unit


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("mg/dL", "mg/dL"),
        ("10*3/uL", "thousand/\u00b5L"),
        ("10*6/uL", "million/\u00b5L"),
        ("mm[Hg]", "mmHg"),
        ("kg/m2", "kg/m\u00b2"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m\u00b2"),
        ("umol/L", "\u00b5mol/L"),
        ("mu/L", "mu/L"),
        ("{score}", ""),
        ("/min", "per minute"),
        ("m[IU]/L", "mIU/L"),
        ("Cel", "\u00b0C"),
        ("tablets", "tablets"),
        ("%", "%"),
    ],
)
def test_a_unit_is_said_with_the_signs_people_know(code, said):
    assert say_unit(code) == said
