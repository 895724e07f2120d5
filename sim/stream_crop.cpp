// The crop on the stream without Python: frames go in through stdin, crops come out through stdout.
//
// All numbers are little endian.
//
// Request   uint32 x 20: video pixels, crop pixels, frame (the port's bits), strips (64 bits), window (4 x 32 bits),
//           stall of the video in 1/65536, stall of the core, seed, watchdog; where the crop has no pixels, none is
//           asked for; cycles from the request for the crop to the first pixel, from pixel to pixel in 1/256, pixels of
//           a line, cycles from line to line; pixels of a row of the crop, cycles that the core takes for one at least,
//           rows of a strip, and cycles that the core takes nothing after one, all together in 16 bits and 16 bits:
//           columns | rows << 16, cycles of a row, cycles after a strip;
//           then per video pixel 4 bytes: red, green, blue, first | last << 1
// Answer    uint32 x 8: 0, cycles from the request to the last pixel of the crop, or to the mean where there is none,
//           cycles in all, video pixels taken, crop pixels sent, error, mean colour, most pixels that were due and not
//           taken;
//           then per crop pixel that was asked for 4 bytes: red, green, blue, last
//        or uint32 length, then so many bytes of text that say why it failed; the process ends with 1
// The end of stdin ends the process.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "Vstream_crop.h"
#include "pipes.h"
#include "verilated.h"

using pipes::fail;
using pipes::receive;
using pipes::receive_items;
using pipes::send;

namespace {

struct Settings {
  uint32_t video, crop, frame, strips[2], window[4], video_stall, core_stall, seed, watchdog;
  uint32_t lead, pixel_period, line_pixels, line_cycles;
  uint32_t columns_rows, row_cycles, strip_cycles;

  // The cycle in which a pixel of the video comes.
  uint64_t due(uint64_t pixel) const {
    return lead + pixel / line_pixels * line_cycles + (pixel % line_pixels * pixel_period >> 8);
  }
};
struct Summary {
  uint32_t good = 0, crop_cycles = 0, cycles = 0, taken = 0, sent = 0, error = 0, mean = 0, most_waiting = 0;
};
static_assert(sizeof(Settings) == 80 && sizeof(Summary) == 32, "as the protocol says");

// A port of any width, from words of 32 bits.
template <typename Port>
void set(Port& port, const uint32_t* words) {
  if constexpr (sizeof(Port) <= 4) {
    port = words[0];
  } else if constexpr (std::is_integral_v<Port>) {
    port = words[0] | uint64_t(words[1]) << 32;
  } else {
    for (size_t word = 0; word < sizeof(Port) / 4; word++) port[word] = words[word];
  }
}

class Harness {
 public:
  Harness() {
    top_.clk = top_.start = top_.clear = top_.lost = top_.i___05Fvalid = top_.o___05Fready = 0;
    top_.rst = 1;
    for (int cycle = 0; cycle < 8; cycle++) edge();
    top_.rst = 0;
  }

  void run(const Settings& settings, const std::vector<uint32_t>& video) {
    settings_ = settings;
    random_ = pipes::seeded(settings.seed);
    set(top_.frame, &settings.frame);
    set(top_.strips, settings.strips);
    set(top_.window, settings.window);
    std::vector<uint32_t> crop;
    Summary summary;
    top_.start = settings.crop != 0;
    edge();
    top_.start = 0;
    bool measured = false, done = settings.crop == 0;
    uint32_t offered = 0, come = 0;
    const uint32_t columns = settings.columns_rows & 0xffff, rows = settings.columns_rows >> 16;
    uint64_t row_begins = 0, core_waits = 0;
    for (uint32_t cycle = 0; !(measured && done && summary.taken == video.size()); cycle++) {
      if (cycle == settings.watchdog) {
        fail("watchdog: " + std::to_string(summary.taken) + " of " + std::to_string(video.size()) +
             " pixels taken, " + std::to_string(crop.size()) + " of " + std::to_string(settings.crop) + " sent");
      }
      pipes::draw(random_);
      while (come != video.size() && settings.due(come) <= cycle) come++;
      if (!top_.i___05Fvalid && offered != come && (random_ & 0xffff) >= settings.video_stall) {
        const uint32_t pixel = video[offered++];
        top_.i___05Fpayload = (pixel & 0xffffff) | (pixel >> 24 & 3) << 24;
        top_.i___05Fvalid = 1;
      } else if (!top_.i___05Fvalid) {
        top_.i___05Fpayload = random_ & 0x3ffffff;  // nobody may look at it
      }
      top_.o___05Fready = cycle >= core_waits && (random_ >> 16) >= settings.core_stall;
      top_.eval();
      const bool moves = top_.i___05Fvalid && top_.i___05Fready;
      summary.taken += moves;
      summary.most_waiting = std::max(summary.most_waiting, come - summary.taken);
      if (top_.o___05Fvalid && top_.o___05Fready) {
        crop.push_back(top_.o___05Fpayload);
        summary.crop_cycles = cycle + 1;
        if (crop.size() > settings.crop) fail("more pixels were sent than the crop has");
        if (crop.size() % columns == 1 % columns) row_begins = cycle;
        if (crop.size() % columns == 0) {
          core_waits = row_begins + settings.row_cycles;
          if (crop.size() % (columns * rows) == 0) core_waits += settings.strip_cycles;
        }
      }
      if (top_.mean_done) {
        measured = true;
        if (!settings.crop) summary.crop_cycles = cycle + 1;
      }
      if (top_.done) {
        done = true;
        summary.error = top_.error;
      }
      if (top_.fault) fail("fault " + std::to_string(unsigned(top_.fault)) + " in a frame without fault");
      edge();
      if (moves) top_.i___05Fvalid = 0;
      summary.cycles = cycle + 1;
    }
    summary.sent = crop.size();
    summary.mean = top_.mean;
    crop.resize(settings.crop);
    send(&summary, sizeof summary);
    send(crop.data(), crop.size() * sizeof(uint32_t));
  }

 private:
  Vstream_crop top_{"simulation"};  // in its names __ is ___05F
  Settings settings_;
  uint32_t random_;

  void edge() {
    top_.eval();
    top_.clk = 1;
    top_.eval();
    top_.clk = 0;
  }

};

}  // namespace

int main() {
  pipes::open();
  auto harness = std::make_unique<Harness>();
  for (Settings settings; receive(&settings, sizeof settings, true);) {
    harness->run(settings, receive_items<uint32_t>(settings.video));
  }
}
