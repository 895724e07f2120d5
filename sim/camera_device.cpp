// The tracker behind a camera's pins, without Python (pipes.h): a flash, an OV7670's bus and video, a serial line.
//
// Request   uint32 x 9: bytes of the flash, its address, clocks of the camera's pins, cycles of one of its clocks in
//           1/256, characters of the line, the camera's clock with which it is sent, cycles of a bit, cycles behind the
//           last clock, the camera's clock from which a button is down for 100 of them (2**32 - 1: never); then the flash, the pins (per clock 3 bytes: VSYNC, HREF, data), the line
// Answer    uint32 0, cycles until ready (0: never), whether error was high at the end, bytes that the camera's bus
//           got, characters that were sent; then both
#include <cstdint>
#include <memory>
#include <vector>

#include "Vcamera_device.h"
#include "pipes.h"
#include "verilated.h"

namespace {

using pipes::receive;
using pipes::receive_items;
using pipes::send;
using pipes::send_items;

struct Settings {
  uint32_t flash, flash_address, clocks, clock_cycles, line, line_clock, bit_cycles, behind, button;
};
struct Pins {
  uint8_t vsync, href, data;
};
static_assert(sizeof(Settings) == 36 && sizeof(Pins) == 3, "as the protocol says");

// A flash in mode 0: it is asleep until 0xAB, and then answers 0x03 with three bytes of address.
class Flash {
 public:
  Flash(std::vector<uint8_t> content, uint32_t address) : content_(std::move(content)), address_(address) {}

  // What the pins say now; returns miso.
  bool step(bool selected, bool clock, bool mosi) {
    if (!selected) {
      if (bits_ >= 8 && command_ == 0xab) awake_ = true;
      bits_ = 0;
    } else if (clock && !clock_) {
      if (bits_ < 8) command_ = command_ << 1 | mosi;
      if (bits_ >= 8 && bits_ < 32) place_ = (bits_ == 8 ? 0 : place_) << 1 | mosi;
      bits_++;
    } else if (!clock && clock_ && awake_ && command_ == 0x03 && bits_ >= 32) {
      const uint32_t byte = place_ + (bits_ - 32) / 8 - address_;
      const uint8_t value = byte < content_.size() ? content_[byte] : 0xff;
      out_ = value >> (7 - (bits_ - 32) % 8) & 1;
    }
    clock_ = clock;
    return out_;
  }

 private:
  std::vector<uint8_t> content_;
  uint32_t address_, bits_ = 0, place_ = 0;
  uint8_t command_ = 0;
  bool clock_ = false, awake_ = false, out_ = true;
};

// The camera's end of its bus: every byte is taken and acknowledged.
class Bus {
 public:
  std::vector<uint8_t> bytes;

  // What the other side drives; returns the line of data.
  bool step(bool clock, bool low) {
    const bool data = !low && !pulls_;
    if (clock && clock_ && data != data_) bits_ = data ? -1 : 0;  // the end, or the begin
    if (clock && !clock_ && bits_ >= 0) {
      if (bits_ % 9 < 8) byte_ = byte_ << 1 | data;
      if (bits_ % 9 == 7) bytes.push_back(byte_);
      bits_++;
    }
    if (!clock && clock_) pulls_ = bits_ > 0 && bits_ % 9 == 8;
    clock_ = clock;
    data_ = !low && !pulls_;
    return data_;
  }

 private:
  int bits_ = -1;
  uint8_t byte_ = 0;
  bool clock_ = true, data_ = true, pulls_ = false;
};

// A serial line's two ends: eight bits, a stop bit.
class Serial {
 public:
  std::vector<char> received;

  explicit Serial(uint32_t bit_cycles) : cycles_(bit_cycles) {}

  void say(const std::vector<char>& text) {
    for (const char one : text) waiting_.push_back(uint16_t(one & 0xff) << 1 | 0x200);
  }

  // The line to the device in this cycle.
  bool out() {
    if (sent_ == waiting_.size()) return true;
    const bool bit = waiting_[sent_] >> out_bit_ & 1;
    if (++out_cycle_ == cycles_) {
      out_cycle_ = 0;
      if (++out_bit_ == 10) {
        out_bit_ = 0;
        sent_++;
      }
    }
    return bit;
  }

  void in(bool line) {
    if (!busy_) {
      busy_ = !line;
      in_cycle_ = 0;
      in_bits_ = 0;
      return;
    }
    in_cycle_++;
    if (in_cycle_ % cycles_ == cycles_ / 2 && in_cycle_ / cycles_ >= 1) in_bits_ |= uint32_t(line) << (in_cycle_ / cycles_ - 1);
    if (in_cycle_ == 9 * cycles_ + cycles_ / 2) {
      received.push_back(char(in_bits_));
      busy_ = false;
    }
  }

 private:
  uint32_t cycles_, sent_ = 0, out_bit_ = 0, out_cycle_ = 0, in_cycle_ = 0, in_bits_ = 0;
  std::vector<uint16_t> waiting_;
  bool busy_ = false;
};

void run(const Settings& settings, std::vector<uint8_t> content, const std::vector<Pins>& pins, const std::vector<char>& line) {
  auto top = std::make_unique<Vcamera_device>();
  Flash flash(std::move(content), settings.flash_address);
  Bus bus;
  Serial serial(settings.bit_cycles);
  uint32_t ready = 0, clock = 0;
  uint64_t cycle = 0, last = 0;
  top->clk = top->camera_clk = top->camera_rst = 0;
  top->take_button = top->larger_button = top->smaller_button = 0;
  top->rx = top->sccb_data = 1;
  top->vsync = top->href = 0;
  for (bool said = false; clock < settings.clocks || cycle - last < settings.behind; cycle++) {
    top->rst = cycle < 8;
    if (clock == settings.line_clock && !said) {
      serial.say(line);
      said = true;
    }
    top->rx = serial.out();
    top->take_button = clock >= settings.button && clock - settings.button < 100;
    // The camera's clock runs beside ours: its pins change with the falling edge.
    const uint64_t phase = (cycle << 8) % settings.clock_cycles;
    const bool rises = phase < 256, falls = (phase + settings.clock_cycles / 2) % settings.clock_cycles < 256;
    if (falls && clock < settings.clocks) {
      top->camera_clk = 0;
      top->vsync = pins[clock].vsync;
      top->href = pins[clock].href;
      top->data = pins[clock].data;
      clock++;
      last = cycle;
    }
    top->flash___05Fmiso = flash.step(!top->flash___05Fcs_n, top->flash___05Fclk, top->flash___05Fmosi);
    top->sccb_data = bus.step(top->sccb_clock, top->sccb_low);
    top->eval();
    serial.in(top->tx);
    if (rises) top->camera_clk = 1;
    top->clk = 1;
    top->eval();
    top->clk = 0;
    top->eval();
    if (top->ready && !ready) ready = cycle;
  }
  const uint32_t answer[] = {0, ready, top->error, uint32_t(bus.bytes.size()), uint32_t(serial.received.size())};
  send(answer, sizeof answer);
  send_items(bus.bytes);
  send_items(serial.received);
}

}  // namespace

int main() {
  pipes::open();
  for (Settings settings; receive(&settings, sizeof settings, true);) {
    auto flash = receive_items<uint8_t>(settings.flash);
    const auto pins = receive_items<Pins>(settings.clocks);
    const auto line = receive_items<char>(settings.line);
    run(settings, std::move(flash), pins, line);
  }
}
