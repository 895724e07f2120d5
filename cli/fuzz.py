"""``siammixer fuzz``: random networks on golden, onnxruntime and the simulated accelerator."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from siammixer.arch.accelerator import Accelerator
from siammixer.ir.errors import InputError
from siammixer.report.outputs import output_file, write_json
from siammixer.report.tables import console, equal_text, progress

if TYPE_CHECKING:
    from siammixer.verify.fuzz.campaign import Campaign, Failure
    from siammixer.verify.fuzz.case import Case


def run(arguments: Namespace) -> int:
    from siammixer.verify.fuzz.campaign import run_cases, run_seeds

    if arguments.count < 1 or arguments.seed < 0:
        raise InputError(
            f"--count must be at least 1 and --seed at least 0, not {arguments.count} and {arguments.seed}"
        )
    with output_file(arguments.json) as json_file:
        with progress("drawing networks") as tell:
            if arguments.replay:
                campaign = run_cases(_replayed(arguments), tell)
            else:
                campaign = run_seeds(
                    range(arguments.seed, arguments.seed + arguments.count), _accelerator(arguments), tell
                )
        print_campaign(campaign, arguments)
        if json_file:
            write_json(json_file, campaign_json(campaign, arguments))
    return 1 if campaign.failures else 0


def _accelerator(arguments: Namespace) -> Accelerator | None:
    from siammixer.verify.fuzz.accelerators import fuzz_accelerator

    return fuzz_accelerator(arguments.accelerator) if arguments.accelerator else None


def _replayed(arguments: Namespace) -> list[Case]:
    """The case of a seed, or those that failed in a report."""
    from siammixer.verify.fuzz.case import load_cases
    from siammixer.verify.fuzz.generate import random_case

    if arguments.replay.isdecimal():
        return [random_case(int(arguments.replay), _accelerator(arguments))]
    return load_cases(arguments.replay)


def campaign_json(campaign: Campaign, arguments: Namespace) -> dict:
    """The campaign's contract with other programs (docs/commands.md)."""
    from siammixer.verify.fuzz.coverage import BINS

    return {
        "equal": not campaign.failures,
        "seed": arguments.seed,
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


def print_campaign(campaign: Campaign, arguments: Namespace) -> None:
    from siammixer.verify.fuzz.coverage import BINS

    out = console()
    out.print(f"{sum(campaign.bins[name] > 0 for name in BINS)} of {len(BINS)} bins covered")
    out.print(
        f"{campaign.checked} networks, {campaign.cycles:,} cycles of the accelerator; all equal: "
        f"{equal_text(not campaign.failures)}"
    )
    for failure in campaign.failures:
        out.print(f"[red]seed {failure.case.seed}: {failure.problem}[/]", soft_wrap=True)
        on = f" --accelerator {arguments.accelerator}" if arguments.accelerator else ""
        out.print(f"    again: siammixer fuzz --replay {failure.case.seed}{on}")
        if failure.shrunk:
            _print_shrunk(failure)


def _print_shrunk(failure: Failure) -> None:
    case, problem = failure.shrunk
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
