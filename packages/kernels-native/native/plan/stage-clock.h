// Where the time of one thread goes.
#pragma once

#include <chrono>

#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Charges the time since the last call to a stage; only one thread's clock is read by anyone. */
class StageClock {
 public:
  void begin() { last_ = std::chrono::steady_clock::now(); }
  void charge(Stage stage) {
    const auto now = std::chrono::steady_clock::now();
    seconds_[stage] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  void take(double* seconds) {
    for (int s = 0; s < kStages; s++) {
      seconds[s] = seconds_[s];
      seconds_[s] = 0;
    }
  }

 private:
  std::chrono::steady_clock::time_point last_{};
  double seconds_[kStages] = {};
};

}  // namespace DQRM_ISA
}  // namespace dqrm
