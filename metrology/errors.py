"""What can be wrong with a quantity, a register or a kind, as nouns with data."""


class MetrologyError(ValueError):
    """A statement that metrology cannot accept."""


class NotANumber(MetrologyError):
    """The indication is not a finite decimal number."""

    def __init__(self, text: object) -> None:
        self.text = str(text)[:80]
        super().__init__(f"indication {self.text!r} is not a finite decimal number")


class TooFine(MetrologyError):
    """The indication has more digits than the register can show."""

    def __init__(self, text: object, resolution: str) -> None:
        self.text = str(text)[:80]
        self.resolution = resolution
        super().__init__(f"indication {self.text!r} is finer than the register's resolution {resolution}")


class OutOfRange(MetrologyError):
    """The indication has more digits than any register."""

    def __init__(self, text: object) -> None:
        self.text = str(text)[:80]
        super().__init__(f"indication {self.text!r} is larger than any register can show")


class UnknownKind(MetrologyError):
    """No file in metrology/kinds declares this kind of instrument."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no instrument kind is called {name[:80]!r}")


class UnknownRegister(MetrologyError):
    """The kind declares no register of this name."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"a {kind} has no register {name[:80]!r}")


class UnknownAccuracyClass(MetrologyError):
    """The kind's MPE law says nothing of this accuracy class."""

    def __init__(self, kind: str, accuracy_class: str) -> None:
        self.kind = kind
        self.accuracy_class = accuracy_class
        super().__init__(f"the MPE law of a {kind} has no accuracy class {accuracy_class[:80]!r}")
