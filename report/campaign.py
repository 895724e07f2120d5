"""A report of a fuzzing campaign says which random networks differ, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siammixer.report.tables import console, equal_text

if TYPE_CHECKING:
    from siammixer.verify.fuzz.campaign import Campaign
    from siammixer.verify.fuzz.case import Case


def campaign_json(campaign: Campaign, seed: int) -> dict:
    """Returns the campaign's contract with other programs (docs/commands.md)."""
    from siammixer.verify.fuzz.coverage import BINS

    return {
        "equal": not campaign.failures,
        "seed": seed,
        "checked": campaign.checked,
        "mismatches": len(campaign.failures),
        "predicted_cycles": campaign.cycles,
        "empty_bins": [name for name in BINS if not campaign.bins[name]],
        "bins": {name: campaign.bins[name] for name in BINS},
        "failures": [
            {"seed": failure.case.seed, "problem": failure.problem, "case": failure.smallest.description}
            for failure in campaign.failures
        ],
    }


def print_campaign(campaign: Campaign, accelerator: str | None) -> None:
    """Prints what was checked and each failure; ``accelerator`` is the one asked for, to repeat them on."""
    from siammixer.verify.fuzz.coverage import BINS

    out = console()
    out.print(f"{sum(campaign.bins[name] > 0 for name in BINS)} of {len(BINS)} bins covered")
    out.print(
        f"{campaign.checked} networks, {campaign.cycles:,} cycles of the accelerator; all equal: "
        f"{equal_text(not campaign.failures)}"
    )
    for failure in campaign.failures:
        out.print(f"[red]seed {failure.case.seed}: {failure.problem}[/]", soft_wrap=True)
        on = f" --accelerator {accelerator}" if accelerator else ""
        out.print(f"    again: siammixer fuzz --replay {failure.case.seed}{on}")
        if failure.shrunk:
            _print_shrunk(*failure.shrunk)


def _print_shrunk(case: Case, problem: str) -> None:
    out, network = console(), case.network
    out.print(f"    smallest network found: {problem}", soft_wrap=True)
    for layer in (*case.patch_layers, *case.mixer_layers):
        out.print(f"        {layer}", soft_wrap=True)
    out.print(
        f"        crops of {network.template_side} and {network.search_side} pixels ({case.image}), "
        f"template {case.template_tokens} x "
        f"{case.template_tokens}, grid {case.grid}, {case.style} weights, pauses {case.stall}, "
        f"accelerator {case.accelerator.name}",
        soft_wrap=True,
    )
