// One SIMD level: this file is compiled once for each with NERO_LEVEL and NERO_LEVEL_NAME. Everything here is in the
// level's own unnamed namespace and uses no library templates, or the linker could give a processor code of a level
// that it cannot run.
#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "cpu/kernels.h"
#include "rules/balance.h"
#include "rules/gradient.h"

namespace nero {
namespace NERO_LEVEL {
namespace {

#include "cpu/drivers.h"

}  // namespace

extern const Kernels kTable;
const Kernels kTable = kernels_of<F32>(NERO_LEVEL_NAME);

}  // namespace NERO_LEVEL
}  // namespace nero
