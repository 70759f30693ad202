"""A webhook receiver that answers as it is told and remembers what it got."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the published example of the standard


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    trickle: float = 0
    """Pause after each byte of a header that never ends [s]."""


@dataclass(frozen=True)
class Request:
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers once with each of `answers`, then with 200."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self.answers = list(answers)
        self.got: list[Request] = []
        self._changed = threading.Condition()
        self._leaving = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer._answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int, seconds: float = 20) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.got) >= count, seconds)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        with self._changed:
            answer = self.answers.pop(0) if self.answers else Answer()
            self.got.append(Request({name.lower(): value for name, value in handler.headers.items()}, body))
            self._changed.notify_all()
        if answer.seconds and self._leaving.wait(answer.seconds):
            return
        if answer.trickle:
            self._trickle(handler, answer.trickle)
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def _trickle(self, handler: BaseHTTPRequestHandler, pause: float) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self._leaving.wait(pause):
            try:
                handler.wfile.write(b"x")
            except OSError:  # the caller has had enough
                return
