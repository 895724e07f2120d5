"""The quantised network as ONNX, a file for each branch: ``python export_onnx.py [FILE]``.

Needs the extra confirm.
"""

import sys

from siammixer import find_network, load_weights
from siammixer.verify.onnx.compare import save_onnx

network = find_network("siammixer")
for path in save_onnx(sys.argv[1] if len(sys.argv) > 1 else "siammixer.onnx", network, load_weights(network)):
    print(f"{path}: {path.stat().st_size:,} bytes")
