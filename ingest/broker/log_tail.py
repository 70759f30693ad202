"""New lines of a log that another process writes, puts aside and begins anew."""

from pathlib import Path

MOST = 4 * 2**20
"""Most that is read at once [bytes]; where more has come, the oldest of it is left out."""


class LogTail:
    """What a log says from now on; what it said before is not looked at again.

    Parameters
    ----------
    path
        The log; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number, self._at = self._present()
        self._unfinished = b""

    def lines(self) -> list[str]:
        """Complete lines that came since the last call."""
        number, size = self._present()
        if number != self._number or size < self._at:
            self._number, self._at, self._unfinished = number, 0, b""
        if size <= self._at:
            return []
        with self.path.open("rb") as log:
            log.seek(max(self._at, size - MOST))
            text = self._unfinished + log.read(MOST)
            self._at = log.tell()
        *complete, self._unfinished = text.split(b"\n")
        self._unfinished = self._unfinished[-MOST:]
        return [line.decode(errors="replace") for line in complete]

    def _present(self) -> tuple[int, int]:
        """The file's number and size [bytes]."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size
