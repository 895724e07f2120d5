"""Driver of the SiamMixer core behind AXI for PYNQ: one file, which needs Python and NumPy only.

Copy it to the board, beside the network's file (``NAME.npz``), and::

    from pynq import Overlay, allocate
    overlay = Overlay("design.bit")
    core = SiamMixer(overlay.siammixer.mmio, overlay.axi_dma_0, allocate)
    core.load(Network.open("tiny.npz"))
    core.template(crop)             # uint8 (side, side, 3) RGB: the target in the first frame
    response = core.search(crop)    # INT32 (rows, columns, channels), once for every frame

The DMA's stream has 32 bits, of which the lower 24 are a pixel; an AXI4-Stream Subset Converter in between
takes them. It was tested against a model of the registers, never on a board.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# <registers>
MAGIC, MAJOR_VERSION = 0x534D5852, 1
PROGRAM, WEIGHTS = 0, 1
REGISTERS = {
    "identity": 0x00,
    "version": 0x04,
    "fingerprint_low": 0x08,
    "fingerprint_high": 0x0C,
    "lanes": 0x10,
    "program_words": 0x14,
    "weight_words": 0x18,
    "response_words": 0x1C,
    "control": 0x20,
    "status": 0x24,
    "interrupt": 0x28,
    "entry": 0x2C,
    "cycles": 0x30,
    "peak_position": 0x34,
    "peak_value": 0x38,
    "response_address": 0x3C,
    "response_data": 0x40,
    "word_address": 0x44,
    "word_low": 0x48,
    "word_middle": 0x4C,
    "word_high": 0x50,
}
MASKS = {
    ("control", "start"): 0x00000001,
    ("control", "reset"): 0x00000002,
    ("control", "drain"): 0x00000004,
    ("status", "busy"): 0x00000001,
    ("status", "done"): 0x00000002,
    ("status", "error"): 0x0000FF00,
    ("status", "step"): 0xFFFF0000,
    ("interrupt", "enable"): 0x00000001,
    ("word_address", "address"): 0x00FFFFFF,
    ("word_address", "target"): 0x03000000,
}
ERRORS = {
    1: "an instruction is of no known kind, or its fields break the rules of its kind",
    2: "the program runs past the end of its memory",
    3: "start while a run was in progress",
    4: "the pixel stream was marked as ended before the image was complete",
    5: "the pixel stream went on after the image was complete",
    6: "an instruction does not match its check",
    7: "a step reached past the end of a memory",
    8: "no pixel came for 67,108,864 cycles",
    9: "a word was written while a run was in progress",
    10: "a word was written past the end of a memory, or to none",
}
# </registers>

_TEMPLATE, _SEARCH = "template", "search"
_WAIT_SECONDS = 1.0


class SiamMixerError(RuntimeError):
    """The core or the driver gave up; the message says why.

    Members
    -------
    code
        The core's error code, 0 where the driver gave up.
    """

    def __init__(self, message: str, code: int = 0):
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, eq=False)
class Network:
    """A network for one accelerator, as the compiler wrote it.

    Parameters
    ----------
    fingerprint
        Of the accelerator.
    weights
        uint8 (lanes, words, 9).
    programs, entries
        By branch, "template" and "search": uint32 (words,), and the place of the first word.
    regions
        By branch: int (n, 4), the top, left, height and width of the crop's regions in their order.
    response_shape
        Channels, rows and columns.
    """

    fingerprint: int
    weights: np.ndarray
    programs: dict[str, np.ndarray]
    entries: dict[str, int]
    regions: dict[str, np.ndarray]
    response_shape: tuple[int, int, int]

    @classmethod
    def open(cls, path: str | Path) -> Network:
        """The network of a file."""
        with np.load(path) as file:
            branches = (_TEMPLATE, _SEARCH)
            channels, rows, columns = map(int, file["response_shape"])
            return cls(
                fingerprint=int(file["fingerprint"]),
                weights=file["weights"],
                programs={branch: file[f"{branch}_program"] for branch in branches},
                entries={branch: int(file[f"{branch}_entry"]) for branch in branches},
                regions={branch: file[f"{branch}_regions"] for branch in branches},
                response_shape=(channels, rows, columns),
            )

    def pixels(self, branch: str, crop: np.ndarray) -> np.ndarray:
        """uint32 (n,): the pixel stream of a crop uint8 (side, side, 3)."""
        words = crop.astype(np.uint32) << np.array([0, 8, 16], np.uint32)
        whole = words.sum(axis=2, dtype=np.uint32)
        parts = [
            whole[top : top + height, left : left + width]
            for top, left, height, width in self.regions[branch]
        ]
        return np.concatenate([part.reshape(-1) for part in parts])


class SiamMixer:
    """A core: finds it, loads a network, runs its branches.

    Parameters
    ----------
    mmio
        Its registers: ``read(offset)`` and ``write(offset, value)``, as ``pynq.MMIO`` has them.
    dma
        What feeds the pixels: ``sendchannel.transfer(buffer)``, as ``pynq.lib.DMA`` has it.
    allocate
        Makes a buffer for the DMA: ``allocate(shape, dtype)``, as ``pynq.allocate`` does.
    seconds
        A run, and a reset, may take so long.

    Raises
    ------
    SiamMixerError
        There is no core, or its registers are of another major version.
    """

    def __init__(self, mmio: Any, dma: Any, allocate: Callable[..., Any], *, seconds: float = _WAIT_SECONDS):
        self._mmio, self._dma, self._allocate, self._seconds = mmio, dma, allocate, seconds
        self._buffers: dict[str, Any] = {}
        self.network: Network | None = None
        if self._read("identity") != MAGIC:
            raise SiamMixerError("there is no SiamMixer core at this address")
        if self._read("version") >> 16 != MAJOR_VERSION:
            raise SiamMixerError("the core's registers are of another major version than this driver")
        self.fingerprint = self._read("fingerprint_high") << 32 | self._read("fingerprint_low")
        self.recover()

    def load(self, network: Network) -> None:
        """Loads a network's weights and both programs. A reset of the core keeps them.

        Raises
        ------
        SiamMixerError
            The network was compiled for another accelerator.
        """
        if network.fingerprint != self.fingerprint:
            raise SiamMixerError(
                f"the network is for the accelerator {network.fingerprint:016x}, the core is "
                f"{self.fingerprint:016x}"
            )
        for lane, words in enumerate(network.weights):
            self._words(WEIGHTS << 24 | lane << 16, words)
        for branch, program in network.programs.items():
            words = np.zeros((len(program), 9), np.uint8)
            words[:, :4] = program.astype("<u4").view(np.uint8).reshape(-1, 4)
            self._words(PROGRAM << 24 | network.entries[branch], words)
        self.network = network

    def template(self, crop: np.ndarray) -> None:
        """Runs the template branch on a crop uint8 (side, side, 3) RGB; the core keeps the template.

        Raises
        ------
        SiamMixerError
            The run ended with an error, or not at all. :meth:`recover` makes the core usable again.
        """
        self._run(_TEMPLATE, crop)

    def search(self, crop: np.ndarray) -> np.ndarray:
        """Runs the search branch on a crop uint8 (side, side, 3) RGB: the response, INT32 (rows, columns,
        channels).

        Raises
        ------
        SiamMixerError
            As :meth:`template`.
        """
        channels, rows, columns = self._run(_SEARCH, crop).response_shape
        self._write("response_address", 0)
        cells = [self._read("response_data") for _ in range(channels * rows * columns)]
        return np.array(cells, np.uint32).view(np.int32).reshape(channels, rows, columns).transpose(1, 2, 0)

    def recover(self) -> None:
        """Resets the core, drops the pixels that are on their way, and waits until it is free.

        Weights and programs stay; a template whose run was broken off does not.
        """
        reset, drain = MASKS["control", "reset"], MASKS["control", "drain"]
        self._write("control", reset | drain)
        try:
            self._until("busy", wanted=False)
            if self._buffers:
                self._sent()
        finally:
            self._write("control", 0)

    @property
    def cycles(self) -> int:
        """Cycles of the latest run."""
        return self._read("cycles")

    @property
    def peak(self) -> tuple[int, int]:
        """Position and value of the response's largest word, the first of equal ones."""
        value = self._read("peak_value")
        return self._read("peak_position"), value - (value >> 31 << 32)

    def _run(self, branch: str, crop: np.ndarray) -> Network:
        network = self.network
        if network is None:
            raise SiamMixerError("load must be called before a run")
        pixels = network.pixels(branch, crop)
        buffer = self._buffers.get(branch)
        if buffer is None:
            buffer = self._buffers[branch] = self._allocate(shape=pixels.shape, dtype=np.uint32)
        buffer[:] = pixels
        self._write("status", MASKS["status", "done"])
        self._write("entry", network.entries[branch])
        self._write("control", MASKS["control", "start"])
        self._dma.sendchannel.transfer(buffer)
        status = self._until("done", wanted=True)
        self._write("status", MASKS["status", "done"])
        error = (status & MASKS["status", "error"]) >> 8
        if error:
            step = (status & MASKS["status", "step"]) >> 16
            message = ERRORS.get(error, "an error code that this driver does not know")
            raise SiamMixerError(f"the run of the {branch} branch ended in step {step}: {message}", error)
        self._sent()
        return network

    def _sent(self) -> None:
        """Waits until the DMA has sent everything."""
        deadline = time.monotonic() + self._seconds
        while not self._dma.sendchannel.idle:
            if time.monotonic() > deadline:
                raise SiamMixerError("the DMA does not end its transfer")

    def _until(self, field: str, *, wanted: bool) -> int:
        """Waits for a bit of the status; the status."""
        deadline = time.monotonic() + self._seconds
        while True:
            late, status = time.monotonic() > deadline, self._read("status")
            if bool(status & MASKS["status", field]) == wanted:
                return status
            if late:
                raise SiamMixerError(f"the core did not become {'' if wanted else 'un'}{field} in time")

    def _words(self, place: int, words: np.ndarray) -> None:
        """Writes uint8 (n, 9) to consecutive words from a place on."""
        self._write("word_address", place)
        for word in words:
            data = word.tobytes()
            self._write("word_low", int.from_bytes(data[:4], "little"))
            self._write("word_middle", int.from_bytes(data[4:8], "little"))
            self._write("word_high", data[8])

    def _read(self, name: str) -> int:
        return int(self._mmio.read(REGISTERS[name]))

    def _write(self, name: str, value: int) -> None:
        self._mmio.write(REGISTERS[name], int(value))
