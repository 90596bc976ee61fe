// What the addon offers to JavaScript: isas(), open(isa), adviseHuge(bytes), and the plans.
//
// Nothing here is kept between calls: every environment, a worker thread of Node included, opens its own.
#include "../isa/isas.h"
#include "../plan/memory.h"
#include "call.h"
#include "machine.h"
#include "plan-binding.h"

namespace dqrm {
namespace {

/** Raised when the meaning of a function here changes; the loader refuses a binary of another number. */
constexpr Count kInterface = 3;

/** A processor with more is divided among several programs. */
constexpr Count kMaxThreads = 1024;

bool defineKernels(napi_env env, napi_value object, const Kernels& k) {
  return define<&Kernels::embeddingBag>(env, object, "embeddingBag", k) &&
         define<&Kernels::embeddingBagFakeQuant>(env, object, "embeddingBagFakeQuant", k) &&
         define<&Kernels::embeddingBagPacked>(env, object, "embeddingBagPacked", k) &&
         define<&Kernels::embeddingBagBackward>(env, object, "embeddingBagBackward", k) &&
         define<&Kernels::embeddingBagWeightGradient>(env, object, "embeddingBagWeightGradient", k) &&
         define<&Kernels::coalesceRows>(env, object, "coalesceRows", k) &&
         define<&Kernels::updateRows>(env, object, "updateRows", k) &&
         define<&Kernels::rangeAbsmax>(env, object, "rangeAbsmax", k) &&
         define<&Kernels::absmax>(env, object, "absmax", k) &&
         define<&Kernels::chooseScale>(env, object, "chooseScale", k) &&
         define<&Kernels::quantizeRows>(env, object, "quantizeRows", k) &&
         define<&Kernels::dequantizeRows>(env, object, "dequantizeRows", k) &&
         define<&Kernels::fakeQuantizeRows>(env, object, "fakeQuantizeRows", k) &&
         define<&Kernels::packCodes>(env, object, "packCodes", k) &&
         define<&Kernels::unpackCodes>(env, object, "unpackCodes", k) &&
         define<&Kernels::linear>(env, object, "linear", k) &&
         define<&Kernels::linearBackwardInput>(env, object, "linearBackwardInput", k) &&
         define<&Kernels::linearBackwardWeight>(env, object, "linearBackwardWeight", k) &&
         define<&Kernels::activationBackward>(env, object, "activationBackward", k) &&
         define<&Kernels::interaction>(env, object, "interaction", k) &&
         define<&Kernels::interactionBackward>(env, object, "interactionBackward", k) &&
         define<&Kernels::loss>(env, object, "loss", k) &&
         define<&Kernels::updateDense>(env, object, "updateDense", k) &&
         define<&Kernels::encodeValues>(env, object, "encodeValues", k) &&
         define<&Kernels::encodeWithFeedback>(env, object, "encodeWithFeedback", k) &&
         define<&Kernels::decodeValues>(env, object, "decodeValues", k) &&
         define<&Kernels::encodeBytes>(env, object, "encodeBytes", k) &&
         define<&Kernels::decodeBytes>(env, object, "decodeBytes", k) &&
         define<&Kernels::checksum>(env, object, "checksum", k);
}

/** Reads one argument and the table that the function was made with. */
bool readOne(napi_env env, napi_callback_info info, napi_value& value, const Kernels** kernels) {
  std::size_t count = 1;
  void* table = nullptr;
  if (napi_get_cb_info(env, info, &count, &value, nullptr, &table) != napi_ok || count < 1) return false;
  if (kernels != nullptr) *kernels = static_cast<const Kernels*>(table);
  return true;
}

template <double (*measure)(const Kernels&, int)>
napi_value measureMachine(napi_env env, napi_callback_info info) {
  napi_value value = nullptr;
  const Kernels* kernels = nullptr;
  Count threads = 0;
  if (!readOne(env, info, value, &kernels) || !Convert<Count>::read(env, &value, threads) || threads < 1 ||
      threads > kMaxThreads) {
    return toValue(env, -1.0);
  }
  return toValue(env, measure(*kernels, static_cast<int>(threads)));
}

bool defineMeasure(napi_env env, napi_value object, const char* name, napi_callback callback, const Kernels& kernels) {
  napi_value function = nullptr;
  void* table = const_cast<Kernels*>(&kernels);
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, table, &function) == napi_ok &&
         napi_set_named_property(env, object, name, function) == napi_ok;
}

/** Gives the kernels of an instruction set, or undefined when this processor lacks it. */
napi_value open(napi_env env, napi_callback_info info) {
  napi_value value = nullptr;
  char wanted[32];
  std::size_t length = 0;
  if (!readOne(env, info, value, nullptr) ||
      napi_get_value_string_utf8(env, value, wanted, sizeof wanted, &length) != napi_ok) {
    return nullptr;
  }
  const Kernels* kernels = kernelsOf(wanted);
  if (kernels == nullptr) return nullptr;
  napi_value object = nullptr;
  if (napi_create_object(env, &object) != napi_ok || !defineKernels(env, object, *kernels) ||
      !defineMeasure(env, object, "fmaGigaflops", measureMachine<fmaGigaflops>, *kernels) ||
      !defineMeasure(env, object, "readGigabytes", measureMachine<readGigabytes>, *kernels) ||
      !defineMeasure(env, object, "barrierNanoseconds", measureMachine<barrierNanoseconds>, *kernels)) {
    return nullptr;
  }
  return object;
}

/** Lists the instruction sets that this processor has, the widest first. */
napi_value isas(napi_env env, napi_callback_info) {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return nullptr;
  std::uint32_t i = 0;
  for (const Kernels* kernels : supportedKernels()) {
    napi_value name = nullptr;
    if (napi_create_string_utf8(env, kernels->isa, NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_set_element(env, list, i++, name) != napi_ok) {
      return nullptr;
    }
  }
  return list;
}

napi_value advise(napi_env env, napi_callback_info info) {
  napi_value value = nullptr;
  Bytes bytes;
  if (!readOne(env, info, value, nullptr) || !Convert<Bytes>::read(env, &value, bytes)) return toValue(env, false);
  return toValue(env, adviseHuge(bytes.data, static_cast<std::size_t>(bytes.length)));
}

#if defined(__SANITIZE_ADDRESS__)
/** Reads behind an allocation: a run with sanitizers begins by seeing that this ends it. */
napi_value readBeyond(napi_env env, napi_callback_info) {
  const volatile char* one = new char[1];
  const Count beyond = one[1];
  delete[] one;
  return toValue(env, beyond);
}
#endif

}  // namespace
}  // namespace dqrm

NAPI_MODULE_INIT() {
  using dqrm::toValue;
  napi_value functions[3] = {};
  if (napi_create_function(env, "isas", NAPI_AUTO_LENGTH, dqrm::isas, nullptr, &functions[0]) != napi_ok ||
      napi_create_function(env, "open", NAPI_AUTO_LENGTH, dqrm::open, nullptr, &functions[1]) != napi_ok ||
      napi_create_function(env, "adviseHuge", NAPI_AUTO_LENGTH, dqrm::advise, nullptr, &functions[2]) != napi_ok ||
      napi_set_named_property(env, exports, "isas", functions[0]) != napi_ok ||
      napi_set_named_property(env, exports, "open", functions[1]) != napi_ok ||
      napi_set_named_property(env, exports, "adviseHuge", functions[2]) != napi_ok ||
      napi_set_named_property(env, exports, "interfaceNumber", toValue(env, dqrm::kInterface)) != napi_ok) {
    return nullptr;
  }
  dqrm::addPlanBindings(env, exports);
#if defined(__SANITIZE_ADDRESS__)
  napi_value broken = nullptr;
  if (napi_create_function(env, "readBeyond", NAPI_AUTO_LENGTH, dqrm::readBeyond, nullptr, &broken) != napi_ok ||
      napi_set_named_property(env, exports, "readBeyond", broken) != napi_ok) {
    return nullptr;
  }
#endif
  return exports;
}
