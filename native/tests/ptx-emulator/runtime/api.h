// How the runtime's entry points reach the emulator.
#pragma once

#include <cuda_runtime_api.h>

#include "core/settings.h"
#include "runtime/context.h"
#include "runtime/modules.h"

namespace ptxemu {

template <class F>
cudaError_t api(F &&work) {
  return static_cast<cudaError_t>(guarded(std::forward<F>(work)));
}

template <class F>
cudaError_t api_always(F &&work) {
  return static_cast<cudaError_t>(always(std::forward<F>(work)));
}

/// Work for the stream that a handle names.
template <class F>
cudaError_t on_stream(cudaStream_t handle, F &&work) {
  return api([&]() -> int {
    Stream *s = stream_of(handle);
    return s ? work(s) : int{kInvalidHandle};
  });
}

}  // namespace ptxemu
