"""HEAD is GET without the body; another method is told what its place takes."""

import pytest

from tests.support.served import served
from wallet.server.http.asgi import answer, nowhere


async def app(scope, _receive, send):
    match scope["method"], scope["path"]:
        case "GET", "/here":
            await answer(send, b"four", kind=b"text/plain")
        case _, path:
            raise nowhere(scope, {"/here": "GET", "/post": "POST"}.get(path))


async def asked(connected, lines):
    """The answer to what is sent over one connection, until it is closed."""
    async with connected() as (reader, writer):
        for line in lines:
            writer.write(f"{line} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        writer.write(b"GET /gone HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        return (await reader.read()).decode()


def test_head_is_answered_as_get_without_its_body():
    async def play(connected):
        said = await asked(connected, ["HEAD /here", "GET /here"])
        first, second, _ = said.split("HTTP/1.1 ")[1:]
        assert first.startswith("200 ")
        assert "content-length: 4\r\n" in first
        assert first.endswith("\r\n\r\n")
        assert second.endswith("\r\n\r\nfour")

    served(app, play)


@pytest.mark.parametrize(
    ("line", "status", "allow"),
    [
        ("POST /here", 405, "GET, HEAD"),
        ("OPTIONS /here", 405, "GET, HEAD"),
        ("TRACE /post", 405, "POST"),
        ("HEAD /post", 405, "POST"),
        ("GET /post", 405, "POST"),
        ("DELETE /nowhere", 404, None),
        ("HEAD /nowhere", 404, None),
    ],
)
def test_a_wrong_method_hears_what_is_allowed(line, status, allow):
    async def play(connected):
        head = (await asked(connected, [line])).partition("\r\n\r\n")[0]
        assert head.startswith(f"HTTP/1.1 {status} ")
        allowed = [one for one in head.split("\r\n") if one.startswith("allow: ")]
        assert allowed == ([] if allow is None else [f"allow: {allow}"])

    served(app, play)
