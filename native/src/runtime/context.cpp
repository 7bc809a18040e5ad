#include "runtime/context.h"

#include <cstdlib>

#include "runtime/cuda.h"
#include "runtime/device.h"
#include "runtime/failure.h"

namespace nero {

namespace {

int threads_for(const nero_context_options &options) {
  if (options.threads == 0) return default_threads();
  require_range("threads", options.threads, 0, 1024);
  return options.threads;
}

}  // namespace

const Kernels &required_kernels(const char *level) {
  const Kernels *found = nero::kernels(level);
  if (found != nullptr) return *found;
  const char *wanted = level != nullptr ? level : std::getenv("NERO_CPU_LEVEL");
  throw Failure(NERO_ERROR_NOT_FOUND, text("this processor has no level '%.64s'%s, it has: %s", wanted,
                                           level != nullptr ? "" : " (of NERO_CPU_LEVEL)", kernel_levels()));
}

namespace {

std::unique_ptr<Backend> backend_for(const nero_context_options &options) {
  require_enum("device_kind", options.device_kind, NERO_DEVICE_CUDA);
  if (options.device_kind == NERO_DEVICE_CUDA) return make_cuda_backend(options.device_index, options.stream);
  if (options.device_index != 0) {
    throw Failure(NERO_ERROR_DEVICE, text("there is no CPU device %d, only 0", options.device_index));
  }
  if (options.stream != nullptr) {
    throw Failure(NERO_ERROR_ARGUMENT, "a stream was given, but the CPU has none: it must be NULL");
  }
  return std::make_unique<CpuBackend>(required_kernels(options.cpu_level), threads_for(options));
}

}  // namespace

Context::Context(const nero_context_options &options) : backend_(backend_for(options)) {}

}  // namespace nero
