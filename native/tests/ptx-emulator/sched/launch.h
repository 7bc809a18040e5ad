// One launch of a kernel: its blocks on the host's threads, its counts, its fault.
#pragma once

#include <string>

#include "core/execution.h"

namespace ptxemu {

struct LaunchResult {
  int code = kSuccess;
  std::string text;  ///< of the fault
};

/// Runs to the end. Parameters are packed as the kernel's param space is. The instruction, thread and kernel at fault
/// are in the text; of several blocks at fault the first is named.
LaunchResult run_launch(Launch launch, bool cooperative);

/// What the limits of a device say: kSuccess, kInvalidConfiguration or kInvalidValue.
int check_launch(const Function &f, const Dim3 &grid, const Dim3 &block, u64 dynamic_shared);

}  // namespace ptxemu
