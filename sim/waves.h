// Records a waveform of some cycles of one run; in a simulator built without waves it does nothing.
//
// The simulator's arguments say what: FILE RUN FIRST LAST, where RUN counts the runs from 0 and both cycles, counted as
// in harness.cpp, are recorded. The file's time is the cycle's number in ns: cycle n begins with the rising edge at n ns.
#pragma once
#if VM_TRACE_FST
#include "verilated_fst_c.h"
using WaveFile = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using WaveFile = VerilatedVcdC;
#endif

#if VM_TRACE
class Waves {
 public:
  ~Waves() { close(); }

  void start(int count, char** arguments) {
    Verilated::commandArgs(count, arguments);
    Verilated::traceEverOn(true);
    if (count < 5) return;
    name_ = arguments[1];
    run_ = std::strtoul(arguments[2], nullptr, 10);
    first_ = std::strtoul(arguments[3], nullptr, 10);
    last_ = std::strtoul(arguments[4], nullptr, 10);
  }

  void begin_run() { runs_++; }

  // Says which cycle of the execution the following settle() is of.
  void at(Vnative& top, uint32_t cycle) {
    recording_ = runs_ == run_ + 1 && first_ <= cycle && cycle <= last_;
    if (!recording_) return;
    cycle_ = cycle;
    if (file_.isOpen()) return;
    top.trace(&file_, 99);
    file_.set_time_resolution("100ps");
    file_.open(name_.c_str());
  }

  // The first half of a cycle. The clock is low already, and rises once more in a model that has seen no low clock
  // since the edge: nothing is registered, and inputs change with the edge instead of half a cycle after it.
  void first_half(Vnative& top) {
    if (!recording_) return;
    top.clk = 1;
    top.eval();
    file_.dump(uint64_t(10) * cycle_);
    top.clk = 0;
  }
  void second_half() {
    if (!recording_) return;
    file_.dump(uint64_t(10) * cycle_ + 5);
    if (cycle_ != last_) return;
    file_.dump(uint64_t(10) * cycle_ + 10);  // so that the last cycle is as wide as the others
    close();
  }

  // Where the run ends before the last cycle.
  void close() {
    recording_ = false;
    if (file_.isOpen()) file_.close();
  }

 private:
  WaveFile file_;
  std::string name_;
  uint32_t run_ = 0, first_ = 1, last_ = 0, runs_ = 0, cycle_ = 0;
  bool recording_ = false;
};
#else
struct Waves {
  void start(int, char**) {}
  void begin_run() {}
  void at(Vnative&, uint32_t) {}
  void first_half(Vnative&) {}
  void second_half() {}
  void close() {}
};
#endif
