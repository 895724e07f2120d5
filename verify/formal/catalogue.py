"""The catalogue of all proofs."""

from siammixer.ir.errors import InputError
from siammixer.verify.formal import arithmetic, blocks, camera, control, one_port, pixels, streams
from siammixer.verify.formal.proof import Proof

PROOFS: list[Proof] = [
    *arithmetic.PROOFS,
    *streams.PROOFS,
    *blocks.PROOFS,
    *pixels.PROOFS,
    *control.PROOFS,
    *one_port.PROOFS,
    *camera.PROOFS,
]


def find_proofs(name: str) -> list[Proof]:
    """The proofs whose name begins with ``name``; :class:`InputError` names the known blocks where there are
    none.
    """
    found = [proof for proof in PROOFS if proof.name.startswith(name)]
    if not found:
        blocks = sorted({proof.name.split(".")[0] for proof in PROOFS})
        raise InputError(
            f"--only must be the beginning of a proof's name ({', '.join(blocks)}: docs/verification.md "
            f"has all), not {name!r}"
        )
    return found
