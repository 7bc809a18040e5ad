// What every call of the CUDA runtime goes through.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "runtime/failure.h"

namespace nero {
namespace cuda {

/// Throws where a call failed: NERO_ERROR_OUT_OF_MEMORY or NERO_ERROR_DEVICE, with CUDA's own words.
inline void check(cudaError_t status, const char *what) {
  if (status == cudaSuccess) return;
  // What stays behind in the thread would be found by the next caller's check.
  cudaGetLastError();
  throw Failure(status == cudaErrorMemoryAllocation ? NERO_ERROR_OUT_OF_MEMORY : NERO_ERROR_DEVICE,
                text("%s: %s (%s)", what, cudaGetErrorString(status), cudaGetErrorName(status)));
}

inline void check_launch(const char *what) { check(cudaGetLastError(), what); }

/// Makes a device current and the caller's again at the end.
class DeviceGuard {
 public:
  explicit DeviceGuard(int device) {
    check(cudaGetDevice(&before_), "the current CUDA device");
    if (before_ != device) {
      check(cudaSetDevice(device), "choosing the CUDA device");
      changed_ = true;
    }
  }
  ~DeviceGuard() {
    if (changed_) cudaSetDevice(before_);
  }
  DeviceGuard(const DeviceGuard &) = delete;
  DeviceGuard &operator=(const DeviceGuard &) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

}  // namespace cuda
}  // namespace nero
