// What may follow a linear layer.
#pragma once

namespace dqrm {

enum class Activation : int { none = 0, relu = 1, sigmoid = 2 };

}  // namespace dqrm
