"""Signed native messages: a JWS (RFC 7515), compact or flattened, whose content is a native message of one instrument.

The contract calls the format native+jws. `+` is a wildcard that no MQTT topic may be published with (MQTT 5, 3.3.2.1),
so on the wire the level is written `native-jws`; both names are understood wherever a topic is not a broker's.

The signature covers the exact bytes received, so the payload as a whole is never compressed. Its content may be, as
in the native format: what is signed then are the compressed bytes. Here the payload is taken apart; whether the
signature holds is asked as soon as the instrument is known (:mod:`ingest.instrument_keys`).
"""

from ingest.compression import MAGIC
from ingest.errors import TooLarge
from ingest.formats.native import FORMAT as NATIVE
from ingest.jws import read_jws
from ingest.message import Message, SignedMessage
from ingest.signature_errors import BadJws, NotOneMessage

LARGEST = 3 * 2**19
"""Largest payload [bytes]: what Base64url makes of the largest native one, with header and signature."""


class NativeJws:
    """Decoder of signed native messages."""

    name = "native-jws"

    def decode(self, payload: bytes) -> list[Message]:
        """The one message, with what is to be proven of it.

        Raises
        ------
        TooLarge, BadJws, UnsupportedAlgorithm, NotOneMessage
            and what the native format raises for its content.
        """
        if len(payload) > LARGEST:
            raise TooLarge(len(payload), LARGEST)
        if payload.startswith(MAGIC):
            raise BadJws("it is compressed as a whole; compress the content before signing, or not at all")
        proof = read_jws(payload)
        messages = NATIVE.decode(proof.content)
        if len(messages) != 1:
            raise NotOneMessage(len(messages))
        [said] = messages
        return [SignedMessage(said.instrument, said.seq, said.readings, said.transactions, said.events, proof=proof)]


FORMAT = NativeJws()
