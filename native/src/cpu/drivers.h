// All drivers, and the table of kernels that they make of one storage of weights and gradients. Included inside the
// namespace of a level, or of a test, behind what level.cpp includes.
#pragma once

// In the order of their needs.
// clang-format off
#include "cpu/lanes.h"
#include "cpu/storage.h"
#include "cpu/scan.h"
#include "cpu/balance.h"
#include "cpu/nero_plan.h"
#include "cpu/drive_nero_rows.h"
#include "cpu/drive_nero_columns.h"
#include "cpu/drive_elements.h"
#include "cpu/drive_elementwise.h"
#include "cpu/drive_norms.h"
#include "cpu/drive_series.h"
// clang-format on

template <class Storage>
constexpr Kernels kernels_of(const char *level) {
  return {level,
          nero_series<Storage>,
          sgd_series<Storage>,
          adam_series<Storage>,
          madam_series<Storage>,
          lamb_moments_series<Storage>,
          lamb_apply_series<Storage>,
          norms_kernel<Storage>,
          fromage_apply_kernel<Storage>,
          lars_apply_kernel<Storage>,
          finite_kernel<Storage>,
          inspect_kernel<Storage>,
          project_kernel<Storage>,
          measure_kernel<Storage>,
          find_degenerate_kernel<Storage>};
}
