// Runs some kernels of one instruction set beside plain loops: what a processor without Node can check under emulation.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../../native/ops/kernels.h"

namespace dqrm {
namespace DQRM_ISA {
extern const Kernels kernels;
}
}  // namespace dqrm

namespace {

using dqrm::Count;
using dqrm::Floats;

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  failures++;
  std::printf("%s is wrong\n", what);
}

/** Numbers of both signs, the same everywhere. */
std::vector<float> numbers(int count, int seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::uint32_t state = static_cast<std::uint32_t>(seed);
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<std::int32_t>(state)) / 2147483648.0f;
  }
  return values;
}

Floats floatsOf(std::vector<float>& values) { return {values.data(), static_cast<Count>(values.size())}; }

void checkLinear(const dqrm::Kernels& kernels, int inputs, int outputs) {
  constexpr int kSamples = 11;
  std::vector<float> x = numbers(kSamples * inputs, 1);
  std::vector<float> weight = numbers(outputs * inputs, 2);
  std::vector<float> bias = numbers(outputs, 3);
  std::vector<float> y(static_cast<std::size_t>(kSamples * outputs));
  const bool done = kernels.linear(floatsOf(x), floatsOf(weight), floatsOf(bias), floatsOf(y), inputs, outputs, 0,
                                   {0, kSamples});
  expect(done, "the answer of linear");
  for (int s = 0; s < kSamples; s++) {
    for (int o = 0; o < outputs; o++) {
      double sum = bias[o];
      double magnitude = std::fabs(bias[o]);
      for (int i = 0; i < inputs; i++) {
        const double term = static_cast<double>(x[s * inputs + i]) * weight[o * inputs + i];
        sum += term;
        magnitude += std::fabs(term);
      }
      // A sum of n products in f32, in any order, errs by at most n·ε·Σ|term|.
      const double bound = (inputs + 1) * std::ldexp(1.0, -23) * magnitude;
      expect(std::fabs(y[s * outputs + o] - sum) <= bound, "a number of linear");
    }
  }
}

/** Codes of 8 bits, to nearest, by one scale; values end within a vector. */
void checkFeedback(const dqrm::Kernels& kernels, int count) {
  std::vector<float> gradient = numbers(count, 5);
  std::vector<float> residual = numbers(count, 6);
  std::vector<float> left(static_cast<std::size_t>(count));
  std::vector<std::uint8_t> out(static_cast<std::size_t>(4 + count));
  const Count end = kernels.encodeWithFeedback({nullptr, 0}, floatsOf(gradient), floatsOf(residual), count, 1, 0, 0,
                                               {out.data(), 4 + count}, 0, floatsOf(left), 1, 0, false);
  expect(end == 4 + count, "the answer of encodeWithFeedback");
  float scale = 0;
  std::memcpy(&scale, out.data(), sizeof scale);
  for (int i = 0; i < count; i++) {
    const float corrected = gradient[i] + residual[i];
    const float level = static_cast<float>(std::nearbyint(static_cast<double>(corrected) / static_cast<double>(scale)));
    expect(static_cast<std::int8_t>(out[4 + i]) == level, "a code of encodeWithFeedback");
    expect(left[i] == corrected - level * scale, "what encodeWithFeedback leaves");
  }
}

void checkBag(const dqrm::Kernels& kernels, int cols) {
  constexpr int kRows = 50;
  std::vector<float> table = numbers(kRows * cols, 4);
  std::vector<std::int32_t> indices = {3, 49, 3, 0, 17};
  std::vector<std::int32_t> offsets = {0, 3, 3, 5};
  std::vector<float> dst(static_cast<std::size_t>(3 * cols));
  const dqrm::Bags bags = {{indices.data(), 5}, {offsets.data(), 4}, {nullptr, 0}};
  expect(kernels.embeddingBag(floatsOf(table), kRows, bags, floatsOf(dst), {cols, cols, 0, false}, {0, 3}),
         "the answer of embeddingBag");
  for (int bag = 0; bag < 3; bag++) {
    for (int c = 0; c < cols; c++) {
      float sum = 0;
      for (int k = offsets[bag]; k < offsets[bag + 1]; k++) sum += table[indices[k] * cols + c];
      expect(dst[bag * cols + c] == sum, "a number of embeddingBag");
    }
  }
  indices[4] = kRows;
  expect(!kernels.embeddingBag(floatsOf(table), kRows, bags, floatsOf(dst), {cols, cols, 0, false}, {0, 3}),
         "a refusal of embeddingBag");
}

void checkPacked(const dqrm::Kernels& kernels, int bits, int cols) {
  constexpr int kRows = 9;
  const dqrm::Format format = {bits, cols, cols, 0, false};
  const int rowBytes = (cols * bits + 7) / 8;
  std::vector<float> src = numbers(kRows * cols, 5);
  std::vector<float> scale(1);
  std::vector<float> twice = src;
  std::vector<float> once(src.size());
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(kRows * rowBytes));
  expect(kernels.chooseScale(floatsOf(src), floatsOf(scale), {nullptr, 0}, format, {0, kRows}), "chooseScale");
  const dqrm::Packed packed = {{codes.data(), kRows * rowBytes}, floatsOf(scale), {nullptr, 0}, kRows};
  expect(kernels.quantizeRows(floatsOf(src), packed, 0, 0, false, format, {0, kRows}), "quantizeRows");
  expect(kernels.dequantizeRows(packed, floatsOf(once), format, {0, kRows}), "dequantizeRows");
  expect(kernels.fakeQuantizeRows(floatsOf(src), floatsOf(scale), {nullptr, 0}, floatsOf(twice), format, {0, kRows}),
         "fakeQuantizeRows");
  for (std::size_t i = 0; i < src.size(); i++) {
    expect(once[i] == twice[i], "a weight that went through codes");
    expect(bits == 1 || std::fabs(once[i] - src[i]) <= scale[0] * 0.5f * (1 + 1e-6f), "a rounded weight");
  }
}

}  // namespace

int main() {
  const dqrm::Kernels& kernels = dqrm::DQRM_ISA::kernels;
  for (const int inputs : {1, 13, 64, 65}) {
    for (const int outputs : {1, 7, 8, 33}) checkLinear(kernels, inputs, outputs);
  }
  for (const int cols : {1, 4, 16, 17, 64}) checkBag(kernels, cols);
  for (const int count : {1, 15, 64, 650, 1301}) checkFeedback(kernels, count);
  for (const int bits : {1, 3, 4, 8, 16}) {
    for (const int cols : {4, 16, 17}) checkPacked(kernels, bits, cols);
  }
  std::printf("%s: %d failures\n", kernels.isa, failures);
  return failures == 0 ? 0 : 1;
}
