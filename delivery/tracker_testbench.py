"""The tracker's self-checking test bench in Verilog, and the numbers that it expects."""

from __future__ import annotations

from siammixer.arch.fabric import FAULT_NUMBERS, FIRST_FRAMES, State, code, described
from siammixer.arch.tracker_registers import FIRST_BOX, TRACKER
from siammixer.delivery.bench_parts import axi_parts, common_parts, expected_numbers, register_places
from siammixer.delivery.template import filled
from siammixer.delivery.tracker_job import TrackerJob
from siammixer.delivery.tracker_video import TOLD
from siammixer.rtl.tracker.program import tracker_program

# Cycles behind a frame after which its mean colour is known.
_SETTLING = 200
_CONTROL = TRACKER.find("control")
_TAKE = _CONTROL.field("take").mask | _CONTROL.field("lossless").mask

CODES: dict[int, str] = {
    code(source, number): described(code(source, number))
    for source, numbers in FAULT_NUMBERS.items()
    for number in numbers
    if number
}
"""Every code that the tracker tells, in words."""


def tracker_testbench_files(job: TrackerJob) -> dict[str, str]:
    """The test bench and the file that it includes, by name."""
    prefix = job.prefix
    text = filled(
        "testbench_tracker.v",
        prefix=prefix,
        first_box="\n".join(_write(name, name.upper()) for name in FIRST_BOX),
        names="\n".join(
            f'      {number}: $write("{register.name.upper()}");' for number, register in enumerate(TOLD)
        ),
        states="\n".join(f'      {state.value}: $write("{state.name}");' for state in State),
        settling=_SETTLING,
        take=_TAKE,
        **common_parts(job, CODES, "which no code of the tracker is"),
        **axi_parts(job, TRACKER),
        **register_places(TRACKER),
    )
    return {f"tb/{prefix}_tb.v": text, f"tb/{prefix}_expected.vh": _expected(job)}


def _write(register: str, value: str) -> str:
    places = register_places(TRACKER)
    return f"    write_register({places[register]}, {value});"


def _expected(job: TrackerJob) -> str:
    """The video's sizes and first box, how long to wait, and what every test bench expects."""
    count, height, width, _ = job.video.frames.shape
    commands = tracker_program(job.design.tracker).cycles
    # A frame is looked at while it comes, and told behind its last pixel at the latest.
    longest = max(job.predicted_cycles.values()) + sum(commands.values()) + height * width
    return expected_numbers(
        job,
        {
            "FRAMES": count,
            "FRAME_SIZE": height << 16 | width,
            "LOOKS": FIRST_FRAMES,
            "NEWS_WORDS": len(TOLD),
            "LEARNING_WORDS": [register.name for register in TOLD].index("confidence"),
            "PATIENCE": 2 * longest,
            **{name.upper(): value for name, value in job.first_box.items()},
        },
    )
