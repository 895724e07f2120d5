"""All proofs."""

from formal import arithmetic, control, pixels, streams
from formal.proof import Proof
from spec.errors import SpecError

PROOFS: list[Proof] = [*arithmetic.PROOFS, *streams.PROOFS, *pixels.PROOFS, *control.PROOFS]


def find_proofs(name: str) -> list[Proof]:
    """The proofs whose name begins so; :class:`SpecError` names the known blocks where there are none."""
    found = [proof for proof in PROOFS if proof.name.startswith(name)]
    if not found:
        blocks = sorted({proof.name.split(".")[0] for proof in PROOFS})
        raise SpecError(f"--only must be the beginning of a proof's name ({', '.join(blocks)}: docs/verification.md has all), not {name!r}")
    return found
