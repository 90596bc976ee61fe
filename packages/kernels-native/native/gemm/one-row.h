// Sums of one sample over several panels at once: a panel alone would wait for each of its few sums.
#pragma once

#include "tile.h"

namespace dqrm {
namespace DQRM_ISA {

/** Panels that one sample meets together: 8 sums keep a fused product and sum busy for as long as it takes. */
constexpr int kRowPanels = 4;

/**
 * Writes the sums of kRowPanels panels, `panelStep` numbers apart: sums[n] = Σ a[k] · b[n][k], k ascending from zero, as
 * sumTile sums them, so that the bits are the same.
 */
static inline void sumRowOfPanels(const float* a, const float* b, std::size_t panelStep, int terms,
                                  Vector (&sums)[kRowPanels * kPanelVectors]) {
  Vector sum[kRowPanels][kPanelVectors];
#pragma GCC unroll 4
  for (int p = 0; p < kRowPanels; p++) {
#pragma GCC unroll 2
    for (int n = 0; n < kPanelVectors; n++) sum[p][n] = zero();
  }
  for (int k = 0; k < terms; k++, b += kPanel) {
    const Vector left = splat(a[k]);
#pragma GCC unroll 4
    for (int p = 0; p < kRowPanels; p++) {
#pragma GCC unroll 2
      for (int n = 0; n < kPanelVectors; n++) {
        sum[p][n] = fma(left, load(b + p * panelStep + n * kLanes), sum[p][n]);
      }
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < kRowPanels; p++) {
#pragma GCC unroll 2
    for (int n = 0; n < kPanelVectors; n++) sums[p * kPanelVectors + n] = sum[p][n];
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
