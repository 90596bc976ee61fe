// Codes of 4 bits, two to a byte, for one sample at a time: a sample alone waits for its weights, and these are half.
//
// A byte holds the codes of two outputs for one input, 16 · upper + (lower + 8). Multiplied as it is and once more without
// its upper half, it gives the sums of both without being taken apart, as exact as those of bytes:
//
//   Σ upper · u = (Σ byte · u − Σ (lower + 8) · u) / 16        Σ lower · u = Σ (lower + 8) · u − 8 · Σ u
#pragma once

#include "../gemm/int8-tile.h"
#include "../simd/prefetch.h"
#include "memory.h"

namespace dqrm {
namespace DQRM_ISA {

/** Smallest code of 4 bits. */
constexpr int kLeastInt4 = -8;

#if defined(__AVX512VNNI__)

/** Vectors of bytes side by side in a panel of shared bytes, and the outputs that they stand for. */
constexpr int kSharedVectors = 2;
constexpr int kSharedPanel = 2 * kSharedVectors * kLanes;

/** Groups of inputs that are summed apart: 8 sums keep two units busy for the 5 cycles that a product takes. */
constexpr int kSharedChains = 2;

/** Bytes that are asked for ahead: 16 lines, as many as a core waits for at a time. */
constexpr int kSharedAhead = 1024;

/** Panels [outputs / kSharedPanel][inputs / kTerms][kSharedVectors × kLanes][kTerms] of shared bytes. */
class Int4Panels {
 public:
  Int4Panels() = default;
  /** @param groups inputs / kTerms; codes are zero until they are placed */
  Int4Panels(int outputs, int groups)
      : panels_((outputs - 1) / kSharedPanel + 1), groups_(groups), bytes_(panels_ * panelBytes()) {
    for (std::size_t i = 0; i < bytes_.size(); i++) bytes_[i] = -kLeastInt4;
  }

  bool empty() const { return bytes_.size() == 0; }

  void place(int output, int place, int code) {
    const int within = output % kSharedPanel, lane = within % (kSharedPanel / 2);
    std::uint8_t& byte = bytes_[output / kSharedPanel * panelBytes() + place / kTerms * kGroupBytes + lane * kTerms +
                                place % kTerms];
    const bool upper = within < kSharedPanel / 2;
    byte = static_cast<std::uint8_t>(upper ? (byte & 0x0f) | (code * 16 & 0xf0) : (byte & 0xf0) | (code - kLeastInt4));
  }

  /** Sums every panel over a row of codes; the epilogue is that of sumCodesAlone, and moves on by whole panels. */
  template <class Epilogue>
  void sum(const InputCode* x, Epilogue epilogue) const {
    const Sums lowerExcess = spreadCodes(kLeastInt4 * sumOfCodes(x));
    const std::uint8_t* bytes = bytes_.data();
    for (int p = 0; p < panels_; p++, bytes += panelBytes()) {
      sumPanel(x, bytes, lowerExcess, epilogue);
      epilogue.moveOn(kSharedPanel);
    }
  }

 private:
  static constexpr int kGroupBytes = kSharedVectors * kVectorCodes;
  std::size_t panelBytes() const { return static_cast<std::size_t>(groups_) * kGroupBytes; }

  std::int32_t sumOfCodes(const InputCode* x) const {
    Sums sums = noSums();
    const Sums ones = _mm512_set1_epi8(1);
    for (int g = 0; g < groups_; g += kLanes, x += kVectorCodes) {
      const int lanes = groups_ - g < kLanes ? groups_ - g : kLanes;
      sums = addProducts(sums, _mm512_maskz_loadu_epi32(firstLanes(lanes), x), ones);
    }
    return total(sums);
  }

  template <class Epilogue>
  void sumPanel(const InputCode* x, const std::uint8_t* bytes, Sums lowerExcess, const Epilogue& epilogue) const {
    Sums both[kSharedChains][kSharedVectors], lower[kSharedChains][kSharedVectors];
#pragma GCC unroll 2
    for (int c = 0; c < kSharedChains; c++) {
#pragma GCC unroll 2
      for (int n = 0; n < kSharedVectors; n++) both[c][n] = lower[c][n] = noSums();
    }
    const Sums lowerHalf = _mm512_set1_epi8(0x0f);
    const auto take = [&](int c) {
      const Sums left = spreadCodes(termsAt(x));
#pragma GCC unroll 2
      for (int n = 0; n < kSharedVectors; n++) {
        const Sums right = _mm512_loadu_si512(bytes + n * kVectorCodes);
        prefetchLine(bytes + n * kVectorCodes + kSharedAhead);
        both[c][n] = addProducts(both[c][n], left, right);
        lower[c][n] = addProducts(lower[c][n], left, _mm512_and_si512(right, lowerHalf));
      }
      x += kTerms;
      bytes += kGroupBytes;
    };
    int g = 0;
    for (; g + kSharedChains <= groups_; g += kSharedChains) {
#pragma GCC unroll 2
      for (int c = 0; c < kSharedChains; c++) take(c);
    }
    for (; g < groups_; g++) take(0);
    Vector floats[2 * kSharedVectors];
#pragma GCC unroll 2
    for (int n = 0; n < kSharedVectors; n++) {
      const Sums less = addSums(lower[0][n], lower[1][n]);
      const Sums upper = _mm512_srai_epi32(_mm512_sub_epi32(addSums(both[0][n], both[1][n]), less), 4);
      const std::int32_t* start = epilogue.start + n * kLanes;
      floats[n] = toFloats(addSums(upper, loadSums(start)));
      floats[kSharedVectors + n] =
          toFloats(addSums(addSums(less, lowerExcess), loadSums(start + kSharedVectors * kLanes)));
    }
    epilogue.template finish<2 * kSharedVectors>(0, floats);
  }

  int panels_ = 0, groups_ = 0;
  Numbers<std::uint8_t> bytes_;
};

#else

constexpr int kSharedPanel = kPanel;

/** Holds nothing: where whole numbers are kept in 16 bits, bytes would have to be taken apart. */
class Int4Panels {
 public:
  Int4Panels() = default;
  Int4Panels(int, int) {}
  bool empty() const { return true; }
  void place(int, int, int) {}
  template <class Epilogue>
  void sum(const InputCode*, const Epilogue&) const {}
};

#endif

}  // namespace DQRM_ISA
}  // namespace dqrm
