// A long-lived simulator without Python: runs come in through stdin, results go out through stdout.
//
// The twin of harness.sv for speed: a run executes in the same cycles, but there is no trace and there are
// no step times. Memories keep their contents from run to run. All numbers are little endian.
//
// Request   uint32 x 9: writes, pixels, response words, entry, stall in 1/65536, seed, watchdog, reset (a cycle of the
//           execution, in which the run is broken off; where it ends before, or 2**32 - 1: none), cycles of that reset;
//           then per write 16 bytes: data 9, target 1, nothing 2, address 4;
//           then per pixel 4 bytes: red, green, blue, nothing
// Answer    uint32 0; uint32 cycles, pixels taken, clocks, error, step, peak position; int32 peak value;
//           uint64 identity; int32 per response word
//        or uint32 length, then so many bytes of text that say why the run failed; the process ends with 1
// The end of stdin ends the process. What the design prints goes to stderr. Built with coverage, the process
// then writes its counts to the file that its argument names; built with waves, its arguments are those of waves.h.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "Vnative.h"
#include "interface.h"
#include "pipes.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif
#include "waves.h"

using pipes::fail;
using pipes::receive;
using pipes::receive_items;
using pipes::send;

namespace {

struct Settings {
  uint32_t writes, pixels, response_words, entry, stall, seed, watchdog, reset, reset_cycles;
};
struct Write {
  uint64_t low;
  uint8_t high, target, nothing[2];
  uint32_t address;
};
struct Summary {
  uint32_t good = 0, cycles, pixels_taken, clocks, error, step, peak_position;
  int32_t peak_value;
  uint32_t identity[2];
};
static_assert(sizeof(Settings) == 36 && sizeof(Write) == 16 && sizeof(Summary) == 40, "as the protocol says");

Waves waves;

class Harness {
 public:
  Harness() {
    top_.clk = 0;
    top_.rst = 1;
    top_.start = top_.write_valid = top_.pixels_valid = 0;
    top_.response_address = 0;
    hold_reset(8);
  }

  void run(const Settings& settings, const std::vector<Write>& writes, const std::vector<uint32_t>& pixels) {
    wait_until_free();
    settings_ = settings;
    random_ = pipes::seeded(settings.seed);
    offered_ = taken_ = clocks_ = 0;
    load(writes);
    execute(pixels);
    const auto response = read_response();
    Summary summary;
    summary.cycles = cycles_;
    summary.pixels_taken = taken_;
    summary.clocks = clocks_;
    summary.error = top_.error;
    summary.step = top_.step;
    summary.peak_position = top_.peak_position;
    summary.peak_value = top_.peak_value;
    const uint64_t identity = top_.identity;
    std::memcpy(summary.identity, &identity, sizeof identity);
    send(&summary, sizeof summary);
    send(response.data(), response.size() * sizeof(uint32_t));
  }

 private:
  Vnative top_{"simulation"};
  Settings settings_;
  uint32_t random_, written_ = 0, offered_, taken_, clocks_, cycles_;

  // A cycle is settle(), in which inputs take effect and outputs are looked at, and edge().
  void settle() {
    waves.first_half(top_);
    top_.eval();
    waves.second_half();
  }
  void edge() {
    top_.clk = 1;
    top_.eval();
    top_.clk = 0;
    clocks_++;
  }

  void hold_reset(uint32_t cycles) {
    top_.rst = 1;
    for (uint32_t cycle = 0; cycle < cycles; cycle++) {
      settle();
      edge();
    }
    top_.rst = 0;
  }

  // After a reset the core is busy until its pipelines are empty.
  void wait_until_free() {
    for (settle(); top_.busy; settle()) edge();
  }

  bool pauses() const { return (random_ & 0xffff) < settings_.stall; }

  void watch(uint32_t waited, const char* phase) {
    if (waited < settings_.watchdog) return;
    char text[256];
    std::snprintf(text, sizeof text, "watchdog after %u cycles of %s: %u of %u words written, step %u, busy %u, error %u, %u of %u pixels taken",
                  waited, phase, written_, settings_.writes, unsigned(top_.step), unsigned(top_.busy), unsigned(top_.error), taken_,
                  settings_.pixels);
    fail(text);
  }

  void set_data(uint64_t low, uint8_t high) {
    top_.write_data[0] = uint32_t(low);
    top_.write_data[1] = uint32_t(low >> 32);
    top_.write_data[2] = high;
  }

  // A payload that is not offered is noise: nobody may look at it.
  void offer_write(const std::vector<Write>& writes) {
    pipes::draw(random_);
    top_.write_valid = written_ != writes.size() && !pauses();
    if (top_.write_valid) {
      const Write& word = writes[written_++];
      set_data(word.low, word.high);
      top_.write_target = word.target;
      top_.write_address = word.address;
    } else {
      set_data(uint64_t(random_) << 32 | random_, random_ >> 24);
      top_.write_target = random_ & 3;
      top_.write_address = random_ & 0xffffff;
    }
  }

  void offer_pixel(const std::vector<uint32_t>& pixels) {
    pipes::draw(random_);
    top_.pixels_valid = offered_ != pixels.size() && !pauses();
    const uint32_t colours = top_.pixels_valid ? pixels[offered_++] : random_;
    top_.pixels_red = colours & 0xff;
    top_.pixels_green = colours >> 8 & 0xff;
    top_.pixels_blue = colours >> 16 & 0xff;
    top_.pixels_last = top_.pixels_valid ? offered_ == pixels.size() : random_ >> 24 & 1;
  }

  // As many draws as harness.sv makes, so that the pixels pause in the same cycles.
  void load(const std::vector<Write>& writes) {
    written_ = 0;
    for (uint32_t waited = 0;; waited++) {
      watch(waited, "loading");
      settle();
      const bool ended = written_ == writes.size() && !top_.write_valid;
      const bool free = !top_.write_valid || top_.write_ready;
      edge();
      if (free) offer_write(writes);
      if (ended) return;
    }
  }

  // Cycle 0 is the one in which start is high; the first pixel is offered in it. A reset begins in the last cycle.
  void execute(const std::vector<uint32_t>& pixels) {
    waves.begin_run();
    top_.start = 1;
    top_.entry = settings_.entry;
    offer_pixel(pixels);
    for (cycles_ = 0;; cycles_++) {
      watch(cycles_, "execution");
      top_.rst = cycles_ == settings_.reset;
      waves.at(top_, cycles_);
      settle();
      const bool moves = top_.pixels_valid && top_.pixels_ready;
      const bool free = !top_.pixels_valid || moves;
      const bool done = top_.done;
      taken_ += moves;
      edge();
      top_.start = 0;
      top_.entry = random_ >> 16;  // nobody may look at it any more
      if (done || top_.rst) break;
      if (free) offer_pixel(pixels);
    }
    waves.close();
    top_.pixels_valid = 0;
    if (top_.rst) hold_reset(settings_.reset_cycles - 1);
  }

  // One address a cycle; the data follow it RESPONSE_LATENCY cycles later.
  std::vector<uint32_t> read_response() {
    std::vector<uint32_t> response(settings_.response_words);
    for (uint32_t cycle = 0; response.size() && cycle < response.size() + RESPONSE_LATENCY; cycle++) {
      top_.response_address = cycle;
      settle();
      if (cycle >= RESPONSE_LATENCY) response[cycle - RESPONSE_LATENCY] = top_.response_data;
      edge();
    }
    settle();
    return response;
  }
};

}  // namespace

int main(int count, char** arguments) {
  waves.start(count, arguments);
  pipes::before_failing = [] { waves.close(); };
  pipes::open();
  auto harness = std::make_unique<Harness>();
  for (Settings settings; receive(&settings, sizeof settings, true);) {
    const auto writes = receive_items<Write>(settings.writes);
    const auto pixels = receive_items<uint32_t>(settings.pixels);
    harness->run(settings, writes, pixels);
  }
#if VM_COVERAGE
  if (count > 1) Verilated::threadContextp()->coveragep()->write(arguments[1]);
#endif
}
