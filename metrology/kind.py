"""Declaration of a sort of instrument: registers, units, resolution, limits, MPE law, events."""

from dataclasses import dataclass
from functools import cached_property

from metrology.errors import UnknownAccuracyClass, UnknownRegister
from metrology.event import EventCode
from metrology.law import PermissibleError, RateLimit, VerificationRule
from metrology.register import Register
from metrology.wording import Wording


@dataclass(frozen=True)
class TransactionQuantity:
    """Unit and resolution of what one transaction bills, and the cumulative register it moves (None for a delivery)."""

    unit: str
    decimals: int
    register: str | None


@dataclass(frozen=True)
class InstrumentKind:
    """A sort of instrument.

    Parameters
    ----------
    name
        Spelling in the store and on the wire.
    principal_register
        Register whose consumption is what people pay for.
    transaction
        What a transaction bills; None for a kind without transactions.
    default_class
        Accuracy class assumed, and said to be assumed, when an instrument's own is not on record.
    """

    name: str
    title: Wording
    registers: tuple[Register, ...]
    principal_register: str
    events: frozenset[EventCode]
    permissible_errors: tuple[PermissibleError, ...]
    default_class: str
    rate_limits: tuple[RateLimit, ...]
    verification: tuple[VerificationRule, ...]
    transaction: TransactionQuantity | None = None

    @cached_property
    def by_name(self) -> dict[str, Register]:
        """Registers by their name."""
        return {register.name: register for register in self.registers}

    def register(self, name: str) -> Register:
        """Register called `name`.

        Raises
        ------
        UnknownRegister
            if the kind declares none.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownRegister(self.name, name) from None

    def principal_error(self, accuracy_class: str | None) -> PermissibleError:
        """MPE of the zone that carries most of the consumption, for a class or the default one.

        Raises
        ------
        UnknownAccuracyClass
            if the law says nothing of the class.
        """
        wanted = accuracy_class or self.default_class
        for error in self.permissible_errors:
            if error.accuracy_class == wanted and error.principal:
                return error
        raise UnknownAccuracyClass(self.name, wanted)

    def rate_limit(self, size: str | None) -> RateLimit | None:
        """Rate limit of a size; None where the kind declares none for it: it is never guessed."""
        return next((limit for limit in self.rate_limits if limit.size == size), None)
