// One SIMD level: this file is compiled once for each with NERO_LEVEL and NERO_LEVEL_NAME. Everything here is in the
// level's own unnamed namespace and uses no library templates, or the linker could give a processor code of a level
// that it cannot run.
#include <cstdint>

#include "cpu/kernels.h"
#include "rules/balance.h"
#include "rules/gradient.h"

namespace nero {
namespace NERO_LEVEL {
namespace {

// In the order of their needs.
// clang-format off
#include "cpu/lanes.h"
#include "cpu/scan.h"
#include "cpu/balance.h"
#include "cpu/drive_nero_rows.h"
#include "cpu/drive_nero_columns.h"
#include "cpu/drive_elements.h"
#include "cpu/drive_elementwise.h"
#include "cpu/drive_norms.h"
// clang-format on

}  // namespace

extern const Kernels kTable;
const Kernels kTable = {NERO_LEVEL_NAME,      nero_kernel,           sgd_kernel,        adam_kernel,
                        madam_kernel,         lamb_moments_kernel,   lamb_apply_kernel, norms_kernel,
                        fromage_apply_kernel, lars_apply_kernel,     inspect_kernel,    project_kernel,
                        measure_kernel,       find_degenerate_kernel};

}  // namespace NERO_LEVEL
}  // namespace nero
