"""What can be wrong with a policy or a judge's name, as nouns with data."""


class AnomalyError(ValueError):
    """A statement that the judgement cannot accept."""


class UnknownJudge(AnomalyError):
    """No file in anomaly/rules or anomaly/detectors declares this judge."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        super().__init__(f"no judge is called {name[:80]!r}; there are {', '.join(known)}")


class UnknownParameter(AnomalyError):
    """The judge has no parameter of this name."""

    def __init__(self, judge: str, name: str, known: tuple[str, ...]) -> None:
        self.judge = judge
        self.name = name
        super().__init__(f"judge {judge} has no parameter {name[:80]!r}; it has {', '.join(known)}")


class UnfitParameter(AnomalyError):
    """The parameter's value is not of its type, or out of its range."""

    def __init__(self, judge: str, name: str, value: object, wanted: str) -> None:
        self.judge = judge
        self.name = name
        super().__init__(f"parameter {name} of judge {judge} must be {wanted}, not {str(value)[:80]!r}")


class MalformedPolicy(AnomalyError):
    """The policy file does not say what a policy must say."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(f"policy {path}: {cause}")
