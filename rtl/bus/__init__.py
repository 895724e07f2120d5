"""The core behind a bus: AXI4-Lite registers and an AXI4-Stream of pixels."""
