// Where the time of one thread goes.
#pragma once

#include <chrono>

#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Charges the time since the last call to a stage; only one thread's clock is read by anyone. */
class StageClock {
 public:
  StageClock() : made_(std::chrono::steady_clock::now()), madeAt_(ticks()), last_(madeAt_) {}

  void begin() { last_ = ticks(); }
  void charge(Stage stage) {
    const std::uint64_t now = ticks();
    spent_[stage] += now - last_;
    last_ = now;
  }
  void take(double* seconds) {
    const double tick = secondsOfTick();
    for (int s = 0; s < kStages; s++) {
      seconds[s] = static_cast<double>(spent_[s]) * tick;
      spent_[s] = 0;
    }
  }

 private:
  /** A counter of constant rate where there is one: asking the system takes a twentieth of serving a sample. */
  static std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    std::uint64_t count;
    asm volatile("mrs %0, cntvct_el0" : "=r"(count));
    return count;
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  /** The rate of the counter over the clock's whole life. */
  double secondsOfTick() const {
    const std::chrono::duration<double> lived = std::chrono::steady_clock::now() - made_;
    const std::uint64_t counted = ticks() - madeAt_;
    return counted == 0 ? 0 : lived.count() / static_cast<double>(counted);
  }

  std::chrono::steady_clock::time_point made_;
  std::uint64_t madeAt_, last_;
  std::uint64_t spent_[kStages] = {};
};

}  // namespace DQRM_ISA
}  // namespace dqrm
