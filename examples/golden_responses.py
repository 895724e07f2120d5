"""The integers under the tracker: the response of one search crop to a template, as golden computes it."""

from siammixer import Clip, GoldenEngine, find_network, load_weights
from siammixer.tracking.pair import take_pair

network = find_network("siammixer")
engine = GoldenEngine(network, load_weights(network))
pair = take_pair(Clip(), network, 10)  # crops uint8 RGB: the template of frame 0, the search area of frame 10

engine.set_template(pair.template)
(response,) = engine.responses(pair.search[None])  # INT32 (15, 15, 5): a score and a box for each cell
row, column, score, found = pair.read(response)
print(f"highest score {score} at row {row}, column {column} of {response.shape[0]} x {response.shape[1]}")
for name, box in (("found", found), ("given", pair.true_box)):
    print("box", name, *(f"{value:.1f}" for value in box))
