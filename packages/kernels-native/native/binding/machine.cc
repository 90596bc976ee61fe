#include "machine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <new>

#include "../plan/memory.h"
#include "../plan/pool.h"

namespace dqrm {
namespace {

/** About a millisecond of work: long beside a wake-up, short beside what else a busy machine does. */
constexpr Count kRounds = 200000;
constexpr int kRepetitions = 40;

/** Larger than the caches of today's processors. */
constexpr Count kReadFloats = Count{64} << 20;
constexpr int kReadRepetitions = 6;

/** Meetings that are timed together, and how often: the best is that of threads nobody took the core from. */
constexpr int kMeetings = 1000;
constexpr int kMeetingRepetitions = 20;

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Products {
  const Kernels* kernels;
  std::atomic<double> operations{0};
  static void run(void* context, int) {
    Products& self = *static_cast<Products*>(context);
    const double done = self.kernels->multiplyAndAdd(kRounds);
    double before = self.operations.load();
    while (!self.operations.compare_exchange_weak(before, before + done)) {
    }
  }
};

struct Reading {
  const Kernels* kernels;
  const float* data;
  Count share;
  std::atomic<float> sum{0};
  static void run(void* context, int thread) {
    Reading& self = *static_cast<Reading*>(context);
    self.sum = self.kernels->readAll(self.data + thread * self.share, self.share);
  }
};

struct Meetings {
  Pool* pool;
  static void run(void* context, int) {
    Pool& pool = *static_cast<Meetings*>(context)->pool;
    for (int i = 0; i < kMeetings; i++) pool.barrier();
  }
};

}  // namespace

double fmaGigaflops(const Kernels& kernels, int threads) {
  Pool pool(threads);
  double best = 0;
  for (int i = 0; i < kRepetitions; i++) {
    Products products{&kernels};
    const auto start = std::chrono::steady_clock::now();
    pool.run(Products::run, &products);
    best = std::max(best, products.operations / secondsSince(start) / 1e9);
  }
  return best;
}

double readGigabytes(const Kernels& kernels, int threads) {
  try {
    Pool pool(threads);
    const Numbers<float> numbers(static_cast<std::size_t>(kReadFloats));
    Reading reading{&kernels, numbers.data(), kReadFloats / pool.threads()};
    const double bytes = static_cast<double>(reading.share) * pool.threads() * sizeof(float);
    double best = 0;
    for (int i = 0; i < kReadRepetitions; i++) {
      const auto start = std::chrono::steady_clock::now();
      pool.run(Reading::run, &reading);
      best = std::max(best, bytes / secondsSince(start) / 1e9);
    }
    return best;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

double barrierNanoseconds(const Kernels&, int threads) {
  Pool pool(threads);
  if (pool.threads() == 1) return 0;
  Meetings meetings{&pool};
  double best = 0;
  for (int i = 0; i < kMeetingRepetitions; i++) {
    const auto start = std::chrono::steady_clock::now();
    pool.run(Meetings::run, &meetings);
    const double nanoseconds = secondsSince(start) * 1e9 / kMeetings;
    if (i == 0 || nanoseconds < best) best = nanoseconds;
  }
  return best;
}

}  // namespace dqrm
