// The kernels of one instruction set. The build compiles this file once for each, with its flags and its name.
//
// Nothing of the C++ library that is not inlined may be used here: the linker would keep one copy for all
// instruction sets, and a processor that lacks the newest would end in it.
#include "../ops/kernels.h"

#include "../ops/checksum.h"
#include "../ops/coalesce.h"
#include "../ops/decode-bytes.h"
#include "../ops/decode-values.h"
#include "../ops/embedding-bag-fake-quant.h"
#include "../ops/embedding-bag-packed.h"
#include "../ops/embedding-bag-weight-gradient.h"
#include "../ops/embedding-bag.h"
#include "../ops/encode-bytes.h"
#include "../ops/encode-values.h"
#include "../ops/encode-with-feedback.h"
#include "../ops/interaction.h"
#include "../ops/linear.h"
#include "../ops/loss.h"
#include "../ops/machine.h"
#include "../ops/quantize.h"
#include "../ops/update.h"

#define DQRM_TEXT_OF(name) #name
#define DQRM_TEXT(name) DQRM_TEXT_OF(name)

namespace dqrm {
namespace DQRM_ISA {

extern const Kernels kernels;
const Kernels kernels = {
    DQRM_TEXT(DQRM_ISA),
    embeddingBag,
    embeddingBagFakeQuant,
    embeddingBagPacked,
    embeddingBagBackward,
    embeddingBagWeightGradient,
    coalesceRows,
    updateRows,
    rangeAbsmax,
    absmax,
    chooseScale,
    quantizeRows,
    dequantizeRows,
    fakeQuantizeRows,
    packCodes,
    unpackCodes,
    linear,
    linearBackwardInput,
    linearBackwardWeight,
    activationBackward,
    interaction,
    interactionBackward,
    loss,
    updateDense,
    encodeValues,
    encodeWithFeedback,
    decodeValues,
    encodeBytes,
    decodeBytes,
    checksum,
    multiplyAndAdd,
    readAll,
};

}  // namespace DQRM_ISA
}  // namespace dqrm
