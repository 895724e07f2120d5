// The whole tracker without Python: video goes in through stdin, boxes come out through stdout (pipes.h).
//
// Request   uint32 0, words; per word 16 bytes: the port's bits
// Answer    uint32 0, words that were refused
// Request   uint32 1, then uint32 x 26:
//           video pixels; the ports frame, template_entry, search_entry, first_x, first_y, first_width, first_height,
//           lossless; cycles in which take, stop and a reset come (2**32 - 1: never), cycles of the reset;
//           stall of the video in 1/65536, seed; news to wait for, idle cycles behind everything, watchdog;
//           cycles to the first pixel, from pixel to pixel in 1/256, pixels of a line, cycles from line to line,
//           lines of a frame, cycles more behind its last line;
//           pixels that can wait where the video cannot, or 2**32 - 1 where it can; words of the response to read;
//           then per pixel 4 bytes: red, green, blue, first | last << 1
// Answer    uint32 0, cycles, whether all ended in time, video pixels taken, pixels lost, news, line ends, faults;
//           then per news 80 bytes (Told), per line end and per fault 2 x uint32: its cycle, and the number of the
//           pixel or the fault; per word of the response int32
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "Vfabric.h"
#include "pipes.h"
#include "verilated.h"

namespace {

using pipes::receive;
using pipes::receive_items;
using pipes::send;
using pipes::send_items;

constexpr uint32_t NONE = UINT32_MAX;
constexpr uint32_t SHORT_FRAME = 3;  // siammixer.arch.camera.FrameFault

struct Word {
  uint32_t bits[4];
};
struct Settings {
  uint32_t video, frame, template_entry, search_entry, first_x, first_y, first_width, first_height, lossless;
  uint32_t take, stop, reset, reset_cycles, stall, seed, wanted, idle, watchdog;
  uint32_t lead, pixel_period, line_pixels, line_cycles, frame_lines, blank_cycles, waiting, response_words;

  // The cycle in which a pixel of the video comes.
  uint64_t due(uint64_t pixel) const {
    const uint64_t line = pixel / line_pixels;
    return lead + line / frame_lines * blank_cycles + line * line_cycles + (pixel % line_pixels * pixel_period >> 8);
  }
};
// The window is the one that stood when the frame was taken up; its first pixel was taken in the cycle begun.
struct Told {
  uint32_t cycle, begun, state, code, skipped, taken, confidence, template_window;
  uint32_t left, top, width, height;
  uint64_t window_left, window_top;
  uint32_t window_step, first, started, finished;
};
struct Event {
  uint32_t cycle, number;
};
struct Summary {
  uint32_t good = 0, cycles = 0, ended = 0, taken = 0, lost = 0, told = 0, lines = 0, faults = 0;
};
static_assert(sizeof(Settings) == 104 && sizeof(Told) == 80 && sizeof(Summary) == 32, "as the protocol says");

class Harness {
 public:
  Harness() {
    top_.response_address = 0;
    top_.clk = top_.take = top_.stop = top_.lost = top_.lossless = 0;
    top_.video___05Fvalid = top_.write___05Fvalid = 0;
    top_.rst = 1;
    for (int cycle = 0; cycle < 8; cycle++) edge();
    top_.rst = 0;
  }

  void load(const std::vector<Word>& words) {
    uint32_t refused = 0;
    for (const Word& word : words) {
      for (int part = 0; part < 4; part++) top_.write___05Fpayload[part] = word.bits[part];
      top_.write___05Fvalid = 1;
      for (top_.eval(); !top_.write___05Fready; top_.eval()) edge();
      edge();
      top_.write___05Fvalid = 0;
      top_.eval();
      refused += top_.refused != 0;
    }
    const uint32_t answer[] = {0, refused};
    send(answer, sizeof answer);
  }

  void run(const Settings& settings, const std::vector<uint32_t>& video) {
    begin(settings);
    uint32_t quiet = 0;
    for (uint32_t cycle = 0; cycle < settings.watchdog; cycle++) {
      events(cycle);
      offer(cycle, video);
      top_.eval();
      const bool moves = look(cycle, video.size());
      edge();
      if (moves) top_.video___05Fvalid = 0;
      summary_.cycles = cycle + 1;
      const bool rest = summary_.taken + summary_.lost == video.size() && (refused_ || told_.size() >= settings.wanted);
      quiet = rest ? quiet + 1 : 0;
      if (quiet > settings.idle && cycle >= last_event_) {
        summary_.ended = 1;
        break;
      }
    }
    answer();
    send_items(response());
  }

 private:
  Vfabric top_{"simulation"};  // in its names __ is ___05F
  Settings settings_;
  Summary summary_;
  std::vector<Told> told_;
  std::vector<Event> lines_, faults_;
  Told window_{};
  // The latest first pixels that were taken, each with its cycle and number, and the latest two pixels.
  Event frame_{}, frame_before_{};
  uint32_t pixel_ = 0, pixel_before_ = 0;
  bool computing_ = false, asked_ = false, refused_;
  uint32_t random_, offered_, come_, last_event_;

  void edge() {
    top_.eval();
    top_.clk = 1;
    top_.eval();
    top_.clk = 0;
  }

  void begin(const Settings& settings) {
    settings_ = settings;
    summary_ = Summary();
    told_.clear();
    lines_.clear();
    faults_.clear();
    random_ = pipes::seeded(settings.seed);
    offered_ = come_ = last_event_ = 0;
    refused_ = false;
    frame_ = frame_before_ = Event{};
    pixel_ = pixel_before_ = 0;
    for (const uint32_t event : {settings.take, settings.stop, settings.reset}) {
      if (event != NONE) last_event_ = std::max(last_event_, event + 1);
    }
    top_.frame = settings.frame;
    top_.template_entry = settings.template_entry;
    top_.search_entry = settings.search_entry;
    top_.first_x = settings.first_x;
    top_.first_y = settings.first_y;
    top_.first_width = settings.first_width;
    top_.first_height = settings.first_height;
    top_.lossless = settings.lossless;
    top_.video___05Fvalid = 0;
  }

  void events(uint32_t cycle) {
    top_.take = cycle == settings_.take;
    top_.stop = cycle == settings_.stop;
    top_.rst = settings_.reset != NONE && cycle >= settings_.reset && cycle - settings_.reset < settings_.reset_cycles;
  }

  // A payload that is not offered is noise: nobody may look at it.
  void offer(uint32_t cycle, const std::vector<uint32_t>& video) {
    pipes::draw(random_);
    while (come_ != video.size() && settings_.due(come_) <= cycle) come_++;
    top_.lost = settings_.waiting != NONE && come_ - summary_.taken - summary_.lost > settings_.waiting;
    if (top_.lost) {
      summary_.lost = come_ - summary_.taken;
      offered_ = come_;
      top_.video___05Fvalid = 0;
    }
    if (!top_.video___05Fvalid && !top_.lost && offered_ != come_ && (random_ & 0xffff) >= settings_.stall) {
      const uint32_t pixel = video[offered_++];
      top_.video___05Fpayload = (pixel & 0xffffff) | (pixel >> 24 & 3) << 24;
      top_.video___05Fvalid = 1;
    } else if (!top_.video___05Fvalid) {
      top_.video___05Fpayload = random_ & 0x3ffffff;
    }
  }

  // Whether a pixel moves; notes what happens in this cycle.
  bool look(uint32_t cycle, uint32_t pixels) {
    const bool moves = top_.video___05Fvalid && top_.video___05Fready;
    // A frame that was asked for has begun, or was joined, in the cycle before; its pixel is still there.
    if (asked_ && !top_.asked) note_window();
    asked_ = top_.asked;
    if (top_.fault) note_fault(cycle);
    if (moves) {
      pixel_before_ = pixel_;
      pixel_ = offered_ - 1;
      if (top_.video___05Fpayload >> 24 & 1) {
        frame_before_ = frame_;
        frame_ = {cycle, pixel_};
      }
      if (top_.video___05Fpayload >> 25 & 1) lines_.push_back({cycle, offered_});
      summary_.taken++;
    }
    // The run is the core's latest: its start, and the cycle of its end.
    if (top_.computing && !computing_) window_.started = cycle - 1;
    if (!top_.computing && computing_) window_.finished = cycle;
    computing_ = top_.computing;
    if (top_.told) {
      Told told = window_;
      told.cycle = cycle;
      told.state = top_.state;
      told.code = top_.code;
      told.skipped = top_.skipped;
      told.taken = top_.taken;
      told.confidence = top_.confidence;
      told.left = top_.left;
      told.top = top_.top;
      told.width = top_.width;
      told.height = top_.height;
      refused_ |= top_.taken;
      told_.push_back(told);
    }
    return moves;
  }

  // The pixel that the tracker looks at, or has just passed on: another one waits behind it while none is taken.
  uint32_t looked_at() const { return top_.video___05Fready || top_.lost ? pixel_ : pixel_before_; }

  // A fault belongs to the frame of that pixel, which may be the one before that of the latest first pixel taken. A
  // frame that is too short has its fault from the next one's first pixel.
  void note_fault(uint32_t cycle) {
    const uint32_t pixel = looked_at();
    const bool earlier = frame_.number > pixel || (frame_.number == pixel && top_.fault == SHORT_FRAME);
    faults_.push_back({earlier && frame_.cycle ? frame_.cycle - 1 : cycle, top_.fault});
  }

  void note_window() {
    const Event& frame = frame_.number <= looked_at() ? frame_ : frame_before_;
    window_.begun = frame.cycle;
    window_.first = frame.number;
    window_.template_window = top_.template_window;
    window_.window_left = top_.window_left;
    window_.window_top = top_.window_top;
    window_.window_step = top_.window_step;
  }

  // One address a cycle; the data follow it three cycles later.
  std::vector<uint32_t> response() {
    std::vector<uint32_t> words(settings_.response_words);
    for (uint32_t cycle = 0; words.size() && cycle < words.size() + 3; cycle++) {
      top_.response_address = cycle;
      top_.eval();
      if (cycle >= 3) words[cycle - 3] = top_.response_data;
      edge();
    }
    return words;
  }

  void answer() {
    top_.take = top_.stop = top_.lost = top_.rst = top_.video___05Fvalid = 0;
    summary_.told = told_.size();
    summary_.lines = lines_.size();
    summary_.faults = faults_.size();
    send(&summary_, sizeof summary_);
    send_items(told_);
    send_items(lines_);
    send_items(faults_);
  }
};

}  // namespace

int main() {
  pipes::open();
  auto harness = std::make_unique<Harness>();
  for (uint32_t kind; receive(&kind, sizeof kind, true);) {
    if (kind == 0) {
      uint32_t count;
      receive(&count, sizeof count);
      harness->load(receive_items<Word>(count));
    } else {
      Settings settings;
      receive(&settings, sizeof settings);
      harness->run(settings, receive_items<uint32_t>(settings.video));
    }
  }
}
