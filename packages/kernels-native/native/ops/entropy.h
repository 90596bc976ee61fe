// What the coding of bytes by their frequency and its reading share, as in @dqrm/core.
#pragma once

#include "../simd/vector.h"
#include "arguments.h"

namespace dqrm {
namespace DQRM_ISA {

constexpr int kTotalBits = 12;
constexpr int kTotal = 1 << kTotalBits;
constexpr int kSymbols = 256;
constexpr std::uint32_t kLowest = 1u << 16;
constexpr int kWordBits = 16;
constexpr Count kStateBytes = 4;
/** So many states take turns where there are at least so many bytes. */
constexpr int kFewStates = 4;
constexpr Count kFewFrom = 512;
constexpr int kManyStates = 32;
constexpr Count kManyFrom = 16384;
constexpr Count kMaxExpansion = 256;
/** A table of 256 symbols, and all states. */
constexpr Count kMaxTableBytes = 2 + 256 * 3 + 128;

/** Says how many states code so many bytes; byte i belongs to state i modulo their number. */
constexpr int statesOf(Count count) { return count < kFewFrom ? 1 : count < kManyFrom ? kFewStates : kManyStates; }

/** Gives ⌊2^10 · log2(n)⌋. */
constexpr int log2Units(int n) {
  int units = 0;
  while ((n >> units) > 1) units++;
  std::uint64_t x = static_cast<std::uint64_t>(n) << (25 - units);
  for (int bit = 0; bit < 10; bit++) {
    x = (x * x) >> 25;
    const bool doubled = x >= std::uint64_t{1} << 26;
    units = 2 * units + (doubled ? 1 : 0);
    if (doubled) x >>= 1;
  }
  return units;
}

struct Log2Table {
  std::uint16_t of[kTotal + 1];
  constexpr Log2Table() : of() {
    for (int n = 1; n <= kTotal; n++) of[n] = static_cast<std::uint16_t>(log2Units(n));
  }
};

}  // namespace DQRM_ISA
}  // namespace dqrm
