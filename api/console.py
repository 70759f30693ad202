"""The console's files: served beside the API from one address, so that no other origin is ever asked."""

from importlib import resources
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

NOT_BUILT = """\
控制台尚未构建。在源码目录中运行 make up 后重新启动；接口本身可以使用，说明见 /openapi.json。

The console is not built. Run `make up` in the source tree and start again. The API works: see /openapi.json.
"""

_RESERVED = ("v1", "problems", "healthz", "readyz", "metrics", "openapi.json")


def folder(configured: Path | None) -> Path | None:
    """Folder of the built console: the one configured, the one packaged, or that of a checkout; None if not built."""
    package = Path(str(resources.files("api")))
    candidates = [configured] if configured else [package / "console", package.parent / "console" / "dist"]
    return next((candidate.resolve() for candidate in candidates if (candidate / "index.html").is_file()), None)


class Console:
    """Answers what no route answers: files of the console, and its first page for the addresses that it draws itself.

    Parameters
    ----------
    files
        Folder of the built console; None while there is none.
    """

    def __init__(self, files: Path | None) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an HTTP exception if nothing is served under its path."""
        request = Request(scope)
        answer = self._answer(request)
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path.lstrip("/")
        if path.split("/")[0] in _RESERVED or "\0" in path:
            raise HTTPException(404)
        if request.method not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if self._files is None:
            if path:
                raise HTTPException(404)
            return PlainTextResponse(NOT_BUILT, status_code=503)
        file = (self._files / path).resolve()
        if path and file.is_relative_to(self._files) and file.is_file():
            immutable = path.startswith("assets/")
            caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
            return FileResponse(file, headers={"Cache-Control": caching})
        if path and ("." in path.rsplit("/", 1)[-1] or "text/html" not in request.headers.get("accept", "")):
            raise HTTPException(404)
        return FileResponse(self._files / "index.html", headers={"Cache-Control": "no-cache"})
