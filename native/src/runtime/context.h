// One device and what belongs to it.
#pragma once

#include <atomic>
#include <memory>

#include "nero/nero.h"
#include "runtime/backend.h"
#include "runtime/cpu_backend.h"
#include "runtime/entry.h"

namespace nero {

/// The kernels of a level, or of NERO_CPU_LEVEL, else of the best; throws where this processor has no such level.
const Kernels &required_kernels(const char *level);

class Context {
 public:
  explicit Context(const nero_context_options &options);

  Backend &backend() { return *backend_; }
  /// Of contexts whose steps the host does.
  CpuBackend &cpu() { return static_cast<CpuBackend &>(*backend_); }
  const Kernels &kernels() { return cpu().kernels(); }
  Team &team() { return cpu().team(); }
  std::atomic<int64_t> &optimizers() { return optimizers_; }
  std::atomic<int64_t> &events() { return events_; }
  /// Held by a stateless call.
  std::atomic<bool> &busy() { return busy_; }

 private:
  std::unique_ptr<Backend> backend_;
  std::atomic<int64_t> optimizers_{0};
  std::atomic<int64_t> events_{0};
  std::atomic<bool> busy_{false};
};

}  // namespace nero

struct nero_context {
  uint64_t magic;
  nero::Context context;
};

struct nero_event {
  uint64_t magic;
  nero::Context &context;
  std::unique_ptr<nero::Event> event;
};
