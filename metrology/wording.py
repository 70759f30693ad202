"""A sentence in the two languages that supervisors read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The same sentence in Chinese and English; neither is a translation aid for the other: both are complete."""

    zh: str
    en: str

    def fill(self, **values: object) -> "Wording":
        """Wording with its `{placeholders}` filled in, by :meth:`str.format` rules.

        Examples
        --------
        >>> Wording(zh="共{n}次", en="{n} times").fill(n=3)
        Wording(zh='共3次', en='3 times')
        """
        return Wording(zh=self.zh.format(**values), en=self.en.format(**values))
