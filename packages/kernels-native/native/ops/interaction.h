// The interaction of each sample's vectors, and its gradient.
#pragma once

#include "codes.h"
#include "../simd/vector.h"

namespace dqrm {
namespace DQRM_ISA {

static inline Count wholeVectors(Count numbers) { return (numbers + kLanes - 1) / kLanes * kLanes; }

/** Sizes of one interaction; `outputs` is 0 where they would not fit 64 bits. */
struct InteractionShape {
  Count count;
  Count cols;
  bool dot;
  bool itself;
  Count inputs;
  Count outputs;
};

static inline InteractionShape interactionShape(bool dot, bool itself, Count count, Count cols) {
  constexpr Count kLimit = Count{1} << 31;
  if (count < 1 || cols < 1 || count > kLimit / cols) return {count, cols, dot, itself, 0, 0};
  const Count pairs = count * (itself ? count + 1 : count - 1) / 2;
  return {count, cols, dot, itself, count * cols, dot ? cols + pairs : count * cols};
}

/** Multiplies vector i with all vectors up to `last`, whose columns stand side by side. */
static inline void multiplyWithEarlier(const float* vector, const float* columns, Count width, Count cols, Count last,
                                       float* dst) {
  for (Count j = 0; j < last; j += kLanes) {
    Vector sum = zero();
    for (Count c = 0; c < cols; c++) sum = fma(splat(vector[c]), load(columns + c * width + j), sum);
    if (j + kLanes <= last) {
      store(dst + j, sum);
    } else {
      storeFirst(dst + j, static_cast<int>(last - j), sum);
    }
  }
}

static bool interaction(Floats vectors, Floats dst, bool dot, bool itself, Count count, Count cols, Part part) {
  const InteractionShape shape = interactionShape(dot, itself, count, cols);
  if (!isPart(part) || shape.outputs == 0 || !holds(vectors.length, part.end, shape.inputs) ||
      !holds(dst.length, part.end, shape.outputs)) {
    return false;
  }
  const Count width = wholeVectors(count);
  if (part.begin == part.end) return true;
  float* columns = nullptr;
  if (dot) {
    columns = static_cast<float*>(scratchBytes(static_cast<std::size_t>(cols * width) * sizeof(float)));
    if (columns == nullptr) return false;
    for (Count i = 0; i < cols * width; i++) columns[i] = 0;
  }
  for (Count sample = part.begin; sample < part.end; sample++) {
    const float* from = vectors.data + sample * shape.inputs;
    float* to = dst.data + sample * shape.outputs;
    const Count copied = dot ? cols : shape.inputs;
    for (Count c = 0; c < copied; c++) to[c] = from[c];
    if (!dot) continue;
    to += cols;
    for (Count j = 0; j < count; j++) {
      for (Count c = 0; c < cols; c++) columns[c * width + j] = from[j * cols + c];
    }
    for (Count i = 0; i < count; i++) {
      const Count last = itself ? i + 1 : i;
      multiplyWithEarlier(from + i * cols, columns, width, cols, last, to);
      to += last;
    }
  }
  return true;
}

/** Adds up, for one vector, the others times the gradients of their products; nobody meets `absent`. */
static inline void gatherGradient(const float* gradients, const float* from, Count count, Count absent, Count cols,
                                  float* dst) {
  for (Count c = 0; c < cols; c += kLanes) {
    const int lanes = static_cast<int>(cols - c < kLanes ? cols - c : kLanes);
    Vector sum = lanes == kLanes ? load(dst + c) : loadFirst(dst + c, lanes);
    for (Count j = 0; j < count; j++) {
      // Not times zero: an infinite number would become NaN.
      if (j == absent) continue;
      const float* other = from + j * cols + c;
      sum = fma(splat(gradients[j]), lanes == kLanes ? load(other) : loadFirst(other, lanes), sum);
    }
    if (lanes == kLanes) {
      store(dst + c, sum);
    } else {
      storeFirst(dst + c, lanes, sum);
    }
  }
}

/** Lays the gradients of products out as a full matrix: both sides of a pair, and twice a vector's own square. */
static inline void spreadPairs(const float* pairs, Count count, bool itself, float* matrix) {
  for (Count i = 0; i < count; i++) {
    for (Count j = 0; j < i; j++) {
      matrix[i * count + j] = *pairs;
      matrix[j * count + i] = *pairs++;
    }
    matrix[i * count + i] = itself ? 2 * *pairs++ : 0;
  }
}

static bool interactionBackward(Floats vectors, Floats ddst, Floats dvectors, bool dot, bool itself, Count count,
                                Count cols, Part part) {
  const InteractionShape shape = interactionShape(dot, itself, count, cols);
  if (!isPart(part) || shape.outputs == 0 || !holds(vectors.length, part.end, shape.inputs) ||
      !holds(ddst.length, part.end, shape.outputs) || !holds(dvectors.length, part.end, shape.inputs)) {
    return false;
  }
  if (part.begin == part.end) return true;
  float* matrix = nullptr;
  if (dot) {
    matrix = static_cast<float*>(scratchBytes(static_cast<std::size_t>(count * count) * sizeof(float)));
    if (matrix == nullptr) return false;
  }
  for (Count sample = part.begin; sample < part.end; sample++) {
    const float* from = vectors.data + sample * shape.inputs;
    const float* given = ddst.data + sample * shape.outputs;
    float* to = dvectors.data + sample * shape.inputs;
    const Count copied = dot ? cols : shape.inputs;
    for (Count c = 0; c < copied; c++) to[c] = given[c];
    if (!dot) continue;
    for (Count c = cols; c < shape.inputs; c++) to[c] = 0;
    spreadPairs(given + cols, count, itself, matrix);
    for (Count i = 0; i < count; i++) gatherGradient(matrix + i * count, from, count, itself ? -1 : i, cols, to + i * cols);
  }
  return true;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
