// The products of every two vectors of a sample, and their gradient.
#pragma once

#include <algorithm>
#include <vector>

#include "../simd/peak.h"
#include "../simd/transpose.h"
#include "../simd/vector.h"

namespace dqrm {
namespace DQRM_ISA {

/** Vectors whose products with one another are summed together, so that sums do not wait for one another. */
constexpr int kInteractionRows = 8;

#if defined(__AVX512F__) || defined(__ARM_NEON)
/** Vectors of partners whose products with a group are summed together: 16 sums fit 32 registers. */
constexpr int kProductVectors = 2;
#else
constexpr int kProductVectors = 1;
#endif

/** Crosses the vectors of one sample at a time; scratch belongs to one thread. */
class Interaction {
 public:
  Interaction(int vectors, int cols, bool concatenate, bool itself)
      : vectors_(vectors),
        cols_(cols),
        padded_((vectors + kLanes - 1) / kLanes * kLanes),
        concatenate_(concatenate),
        itself_(itself),
        columns_(static_cast<std::size_t>(cols) * padded_ + kLanes) {}

  int outputs() const {
    if (concatenate_) return vectors_ * cols_;
    return cols_ + vectors_ * (itself_ ? vectors_ + 1 : vectors_ - 1) / 2;
  }

  /**
   * Writes the interaction of e [vectors × cols], which must reach kLanes vectors further than it counts: what lies
   * there is read with whole squares, and its products are written nowhere.
   */
  void forward(const float* e, float* out) {
    if (concatenate_) {
      std::copy(e, e + vectors_ * cols_, out);
      return;
    }
    std::copy(e, e + cols_, out);
    transpose(e, cols_, columns_.data(), padded_, padded_, cols_);
    float* to = out + cols_;
    for (int i = 0; i < vectors_; i += kInteractionRows) to = productsOf(e, i, to);
  }

  /** Overwrites de with the gradient of e, given that of the outputs; raises the peak of what it wrote. */
  void backward(const float* e, const float* dout, float* de, PeakBits* peak) {
    if (concatenate_) {
      std::copy(dout, dout + vectors_ * cols_, de);
    } else {
      for (int i = 0; i < vectors_; i += kInteractionRows) gradientsOf(e, dout + cols_, i, de);
      for (int c = 0; c < cols_; c++) de[c] += dout[c];
    }
    const int count = vectors_ * cols_;
    PeakBits seen = *peak;
    for (int c = 0; c < count; c += kLanes) {
      const int lanes = std::min(kLanes, count - c);
      seen = raise(seen, lanes == kLanes ? load(de + c) : loadFirst(de + c, lanes));
    }
    *peak = seen;
  }

 private:
  int partners(int i) const { return itself_ ? i + 1 : i; }

  /** Writes the products of vectors [first, first + kInteractionRows) with all before them; returns what follows. */
  float* productsOf(const float* e, int first, float* to) {
    const int rows = std::min(kInteractionRows, vectors_ - first);
    const int most = partners(first + rows - 1);
    float* starts[kInteractionRows];
    for (int r = 0; r < rows; r++) {
      starts[r] = to;
      to += partners(first + r);
    }
    int j = 0;
    for (; j + kLanes * (kProductVectors - 1) < most; j += kLanes * kProductVectors) {
      sumProducts<kProductVectors>(e, first, rows, j, starts);
    }
    for (; j < most; j += kLanes) sumProducts<1>(e, first, rows, j, starts);
    return to;
  }

  /** Sums the products of a group of vectors with N vectors of others, from j on; inlined, it would lack registers. */
  template <int N>
  __attribute__((noinline)) void sumProducts(const float* e, int first, int rows, int j, float* const* starts) const {
    Vector sums[kInteractionRows][N];
#pragma GCC unroll 8
    for (int r = 0; r < kInteractionRows; r++) {
#pragma GCC unroll 2
      for (int n = 0; n < N; n++) sums[r][n] = zero();
    }
    const float* column = columns_.data() + j;
    // Rows past the last vector are read as far as the caller says that they can be; their products are written nowhere.
    constexpr bool kReadsOn = kInteractionRows <= kLanes;
    const float* left = e + static_cast<std::ptrdiff_t>(first) * cols_;
    const std::ptrdiff_t step = cols_;
#pragma GCC unroll 2
    for (int c = 0; c < cols_; c++, column += padded_, left++) {
      Vector right[N];
#pragma GCC unroll 2
      for (int n = 0; n < N; n++) right[n] = load(column + n * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < kInteractionRows; r++) {
        const Vector spread = splat(left[(kReadsOn ? r : std::min(r, rows - 1)) * step]);
#pragma GCC unroll 2
        for (int n = 0; n < N; n++) sums[r][n] = fma(spread, right[n], sums[r][n]);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kInteractionRows; r++) {
      if (r >= rows) return;
#pragma GCC unroll 2
      for (int n = 0; n < N; n++) {
        const int at = j + n * kLanes, count = std::min(kLanes, partners(first + r) - at);
        if (count > 0) storeFirst(starts[r] + at, count, sums[r][n]);
      }
    }
  }

  /** Where the products of vector i with those before it begin. */
  int pairsOf(int i) const { return itself_ ? i * (i + 1) / 2 : i * (i - 1) / 2; }

  /** The gradient of the product of two vectors; what a vector has with itself counts for both factors. */
  float pair(const float* dproducts, int i, int j) const {
    if (i == j) return itself_ ? 2 * dproducts[pairsOf(i) + i] : 0;
    return i > j ? dproducts[pairsOf(i) + j] : dproducts[pairsOf(j) + i];
  }

  /** Writes the gradients of vectors [first, first + kInteractionRows): each product gives to both of its vectors. */
  void gradientsOf(const float* e, const float* dproducts, int first, float* de) const {
    const int rows = std::min(kInteractionRows, vectors_ - first);
    const float* own[kInteractionRows];
    for (int r = 0; r < kInteractionRows; r++) own[r] = dproducts + pairsOf(first + std::min(r, rows - 1));
    for (int c = 0; c < cols_; c += kLanes) {
      const int lanes = std::min(kLanes, cols_ - c);
      Vector sums[kInteractionRows];
      for (int r = 0; r < kInteractionRows; r++) sums[r] = zero();
      for (int j = 0; j < first; j++) {
        const Vector right = part(e, j, c, lanes);
#pragma GCC unroll 8
        for (int r = 0; r < kInteractionRows; r++) sums[r] = fma(splat(own[r][j]), right, sums[r]);
      }
      for (int j = first; j < first + rows; j++) {
        const Vector right = part(e, j, c, lanes);
        for (int r = 0; r < rows; r++) sums[r] = fma(splat(pair(dproducts, first + r, j)), right, sums[r]);
      }
      for (int j = first + kInteractionRows; j < vectors_; j++) {
        const Vector right = part(e, j, c, lanes);
        const float* theirs = dproducts + pairsOf(j) + first;
#pragma GCC unroll 8
        for (int r = 0; r < kInteractionRows; r++) sums[r] = fma(splat(theirs[r]), right, sums[r]);
      }
      for (int r = 0; r < rows; r++) storeFirst(de + (first + r) * cols_ + c, lanes, sums[r]);
    }
  }

  Vector part(const float* e, int j, int c, int lanes) const {
    const float* vector = e + j * cols_ + c;
    return lanes == kLanes ? load(vector) : loadFirst(vector, lanes);
  }

  int vectors_, cols_, padded_;
  bool concatenate_, itself_;
  std::vector<float> columns_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
