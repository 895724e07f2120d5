// Clocks the system until its firmware ends it: main CYCLES +ram=FILE. Logged words go to standard output.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "Vsoc.h"
#include "verilated.h"

int main(int argc, char **argv) {
  VerilatedContext context;
  context.commandArgs(argc, argv);
  Vsoc top{&context};
  const uint64_t limit = std::strtoull(argv[1], nullptr, 10);
  top.resetn = 0;
  for (uint64_t cycle = 0; cycle < limit; cycle++) {
    top.clk = 0;
    top.eval();
    if (cycle == 8) top.resetn = 1;
    top.clk = 1;
    top.eval();
    if (cycle < 8) continue;
    if (top.log_valid) std::printf("log %08x\n", top.log_word);
    if (top.exit_valid || top.trap) {
      std::printf("%s %d cycles %" PRIu64 "\n", top.trap ? "trap" : "exit", (int32_t)top.exit_code, cycle);
      return 0;
    }
  }
  std::printf("limit 0 cycles %" PRIu64 "\n", limit);
  return 0;
}
