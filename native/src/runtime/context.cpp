#include "runtime/context.h"

#include <cstdlib>

#include "runtime/device.h"
#include "runtime/failure.h"

namespace nero {

namespace {

const Kernels *kernels_for(const nero_context_options &options) {
  require_enum("device_kind", options.device_kind, NERO_DEVICE_CUDA);
  if (options.device_kind == NERO_DEVICE_CUDA) {
    throw Failure(NERO_ERROR_DEVICE, text("no CUDA device %d: %s", options.device_index, cuda_absence()));
  }
  if (options.device_index != 0) {
    throw Failure(NERO_ERROR_DEVICE, text("there is no CPU device %d, only 0", options.device_index));
  }
  if (options.stream != nullptr) {
    throw Failure(NERO_ERROR_ARGUMENT, "a stream was given, but the CPU has none: it must be NULL");
  }
  const Kernels *found = kernels(options.cpu_level);
  if (found != nullptr) return found;
  const char *wanted = options.cpu_level != nullptr ? options.cpu_level : std::getenv("NERO_CPU_LEVEL");
  throw Failure(NERO_ERROR_NOT_FOUND, text("this processor has no level '%s', it has: %s", wanted, kernel_levels()));
}

int threads_for(const nero_context_options &options) {
  if (options.threads == 0) return default_threads();
  require_range("threads", options.threads, 0, 1024);
  return options.threads;
}

}  // namespace

Context::Context(const nero_context_options &options) : kernels_(kernels_for(options)), team_(threads_for(options)) {}

}  // namespace nero
