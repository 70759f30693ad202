import random

import gmalg
import pytest

from store import sm2
from store.public_key import Algorithm, point_of
from tests.services.signing import Signer

KEY = (
    0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
    0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
)
MESSAGE = b"message digest"
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


def written(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_example_of_the_standard_holds() -> None:
    assert sm2.on_curve(KEY)
    assert sm2.verifies(KEY, MESSAGE, written(R, S))


@pytest.mark.parametrize(
    "r, s",
    [(0, S), (R, 0), (0, 0), (sm2.N, S), (R, sm2.N), (R, sm2.N - S), (sm2.N - R, S), (S, R), (R, sm2.N - R), (1, 1)],
    ids=["r=0", "s=0", "both 0", "r=n", "s=n", "n-s", "n-r", "swapped", "r+s=n", "both 1"],
)
def test_a_malformed_signature_never_holds(r: int, s: int) -> None:
    assert not sm2.verifies(KEY, MESSAGE, written(r, s))


@pytest.mark.parametrize("length", [0, 63, 65, 70, 128])
def test_a_signature_of_another_length_never_holds(length: int) -> None:
    assert not sm2.verifies(KEY, MESSAGE, (written(R, S) * 2)[:length])


def test_what_a_second_implementation_signs_holds_and_each_changed_byte_breaks_it() -> None:
    generator = random.Random(17)
    for seed in range(12):
        signer = Signer(Algorithm.SM2SM3, "k", seed)
        point, message = point_of(signer.public_key), generator.randbytes(seed * 11)
        signature = signer.sign(message)
        assert sm2.verifies(point, message, signature)
        assert gmalg.SM2(pk=b"\4" + signer.public_key.spki[-64:], uid=sm2.DEFAULT_ID).verify(
            message, signature[:32], signature[32:]
        )
        changed = bytearray(signature)
        changed[generator.randrange(64)] ^= 1 << generator.randrange(8)
        assert not sm2.verifies(point, message, bytes(changed))
        assert not sm2.verifies(point, message + b"\0", signature)


def test_a_point_beside_the_curve_is_none() -> None:
    assert not sm2.on_curve((KEY[0], KEY[1] + 1))
    assert not sm2.on_curve((KEY[0] + sm2.P, KEY[1]))
    assert not sm2.on_curve((0, 0))
