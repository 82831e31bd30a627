"""Pages onto a printer of this computer, in the size they have on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QPageLayout, QPageSize, QPainter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtPrintSupport import QPrinter
    from PySide6.QtWidgets import QWidget

    from ui.record_views import Picture

_DEPTH = 3  # bytes a point
_INCH = 25.4  # millimetres
_EDGE = 15.0  # of the paper, round a small card
_WIDE = {"a4": 210.0, "card": 85.6}


def any_printer() -> bool:
    """Tell whether a printer is set up on this computer."""
    from PySide6.QtPrintSupport import QPrinterInfo  # noqa: PLC0415 - start-up time

    return bool(QPrinterInfo.availablePrinterNames())


def ask_printer(parent: QWidget) -> QPrinter | None:
    """Let the person choose a printer; None where she thinks better of it."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    return printer if dialog.exec() else None


def put(printer: QPrinter, pages: Sequence[Picture], *, sheet: str) -> bool:
    """Print *pages* of ``a4`` or ``card`` size; tell whether the printer took them.

    A page larger than the paper is made to fit it; none is made larger.
    """
    if sheet == "a4":
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        printer.setPageMargins(QMarginsF(), QPageLayout.Unit.Millimeter)
    printer.setFullPage(True)
    painter = QPainter()
    if not painter.begin(printer):
        return False
    taken = True
    for number, page in enumerate(pages):
        if number:
            taken = printer.newPage() and taken
        room = QRectF(painter.viewport())
        wide = min(_WIDE[sheet] / _INCH * printer.resolution(), room.width())
        high = wide * page.height / page.width
        if high > room.height():
            wide, high = wide * room.height() / high, room.height()
        free = (room.width() - wide) / 2, (room.height() - high) / 2
        edge = min(_EDGE / _INCH * printer.resolution(), *free)
        corner = QPointF() if sheet == "a4" else QPointF(edge, edge)
        painter.drawImage(QRectF(corner, QSizeF(wide, high)), _image(page))
    return painter.end() and taken


def open_file(path: Path) -> None:
    """Show a file in whatever program this computer shows such files with."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _image(page: Picture) -> QImage:
    return QImage(
        page.pixels,
        page.width,
        page.height,
        _DEPTH * page.width,
        QImage.Format.Format_RGB888,
    )
