"""All proofs."""

from formal import arithmetic, control, pixels, streams
from formal.proof import Proof
from spec.errors import SpecError

PROOFS: list[Proof] = [*arithmetic.PROOFS, *streams.PROOFS, *pixels.PROOFS, *control.PROOFS]


def find_proofs(name: str) -> list[Proof]:
    """The proofs whose name begins so; :class:`SpecError` names the known ones where there are none."""
    found = [proof for proof in PROOFS if proof.name.startswith(name)]
    if not found:
        raise SpecError(f"proof must be one of {', '.join(proof.name for proof in PROOFS)} or begin like one, not {name!r}")
    return found
