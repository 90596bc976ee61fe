// What kernels are given: arrays with their lengths, and numbers that are whole and not negative.
//
// Functions of headers that an instruction set's code includes are static: were they shared, the linker would keep
// one copy of each, compiled for whichever instruction set came first.
#pragma once

#include <cstdint>

namespace dqrm {

/** Counts elements; never negative where it comes from a caller. */
using Count = std::int64_t;

/** Holds an array of a caller. Its length is what the engine says it is, whatever the caller believes. */
template <class T>
struct Span {
  T* data;
  Count length;
};

using Floats = Span<float>;
using Doubles = Span<double>;
using Ints = Span<std::int32_t>;
using Codes = Span<std::uint16_t>;
using Bytes = Span<std::uint8_t>;

/** Holds the weights of bags; `data` is null where bags have none. */
struct Weights {
  const float* data;
  Count length;
};

/** Bounds the part of the work that a call does: [begin, end). */
struct Part {
  Count begin;
  Count end;
};

/** Holds bags of row indices. */
struct Bags {
  Ints indices;
  Ints offsets;
  Weights weights;
};

/** Says how bags are pooled, and where results stand. */
struct Pooling {
  Count cols;
  Count stride;
  Count offset;
  bool mean;
};

/** Names what codes stand for, by the numbers of table files. */
constexpr Count kSymmetric = 0;
constexpr Count kAsymmetric = 1;
constexpr Count kDeadZone = 2;
constexpr Count kDeadZoneLog = 3;

/** Says how rows are packed; rows with one scale for all have spans as long as a row and no step between scales. */
struct Format {
  Count bits;
  Count cols;
  Count spanCols;
  Count scaleStep;
  Count scheme;
  bool biased() const { return scheme == kAsymmetric; }
  /** Codes name levels between a threshold and a top. */
  bool zoned() const { return scheme == kDeadZone || scheme == kDeadZoneLog; }
};

/** Holds packed rows. */
struct Packed {
  Bytes codes;
  Floats scale;
  Floats bias;
  Count rows;
};

/** Holds row gradients and the scratch of those who coalesce them. */
struct Gradients {
  Ints rows;
  Floats values;
  Ints slots;
};

/** Holds the peaks of a table's blocks. */
struct Range {
  Floats tree;
  Bytes dirty;
  Count leaves;
};

/** Names an update rule: 0 sgd, 1 adagrad, 2 rowwise-adagrad. */
struct Optimizer {
  Count kind;
  double epsilon;
};

/** Says whether an array holds `count` × `width` elements; the product itself might not fit a number. */
static inline bool holds(Count length, Count count, Count width) {
  return width == 0 || count <= length / width;
}

/** Wraps a number to 32 bits as `| 0` does in JavaScript. */
static inline std::uint32_t wrapped(double x) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(static_cast<std::int64_t>(x)));
}

static inline bool isPart(Part part) { return part.begin <= part.end; }

}  // namespace dqrm
