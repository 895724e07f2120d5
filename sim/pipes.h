// What every simulator without Python needs: requests come in through stdin, answers go out through stdout, and what
// the design prints goes to stderr. All numbers are little endian.
//
// An answer begins with uint32 0; or it is the uint32 length of a text, and that text, which says why the request
// failed; the process then ends with 1. The end of stdin ends the process.
#ifndef PIPES_H
#define PIPES_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the protocol is the memory's own order");

namespace pipes {

inline int answers;  // the descriptor that stdout was
inline void (*before_failing)() = nullptr;

inline void open() {
  answers = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
}

inline void send(const void* data, size_t size) {
  for (auto bytes = static_cast<const char*>(data); size;) {
    const ssize_t sent = write(answers, bytes, size);
    if (sent <= 0) std::exit(1);  // nobody listens any more
    bytes += sent;
    size -= sent;
  }
}

template <typename Item>
void send_items(const std::vector<Item>& items) {
  send(items.data(), items.size() * sizeof(Item));
}

[[noreturn]] inline void fail(const std::string& reason) {
  if (before_failing) before_failing();
  const uint32_t length = reason.size();
  send(&length, sizeof length);
  send(reason.data(), length);
  std::exit(1);
}

// False at the end of stdin; an end in the middle of a request is no orderly one.
inline bool receive(void* data, size_t size, bool at_start = false) {
  const size_t got = std::fread(data, 1, size, stdin);
  if (got == size) return true;
  if (at_start && got == 0) return false;
  fail("the request ended early");
}

template <typename Item>
std::vector<Item> receive_items(uint32_t count) {
  std::vector<Item> items(count);
  receive(items.data(), count * sizeof(Item));
  return items;
}

// The dice of pauses and noise: xorshift32, the same in every harness.
inline uint32_t seeded(uint32_t seed) { return (seed * 2654435761u) | 1u; }

inline void draw(uint32_t& random) {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
}

}  // namespace pipes

#endif
