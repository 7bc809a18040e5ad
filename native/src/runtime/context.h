// One device and what belongs to it.
#pragma once

#include <atomic>

#include "cpu/kernels.h"
#include "cpu/team.h"
#include "nero/nero.h"
#include "runtime/entry.h"
#include "runtime/memory.h"

namespace nero {

/// The kernels of a level, or of NERO_CPU_LEVEL, else of the best; throws where this processor has no such level.
const Kernels &required_kernels(const char *level);

class Context {
 public:
  explicit Context(const nero_context_options &options);

  const Kernels &kernels() const { return *kernels_; }
  Team &team() { return team_; }
  Memory &memory() { return memory_; }
  std::atomic<int64_t> &optimizers() { return optimizers_; }
  /// Held by a stateless call.
  std::atomic<bool> &busy() { return busy_; }

 private:
  const Kernels *kernels_;
  Team team_;
  Memory memory_;
  std::atomic<int64_t> optimizers_{0};
  std::atomic<bool> busy_{false};
};

}  // namespace nero

struct nero_context {
  uint64_t magic;
  nero::Context context;
};
