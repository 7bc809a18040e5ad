// CUDA devices as the runtime asks for them. Nothing here needs a driver: without one the CUDA runtime says so.
#include <cuda_runtime_api.h>

#include <cstring>

#include "cuda/backend.h"
#include "cuda/driver.h"
#include "runtime/cuda.h"

namespace nero {

namespace {

cudaError_t count_devices(int &count) {
  count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    cudaGetLastError();
    count = 0;
  }
  return status;
}

void require_device(int index) {
  int count = 0;
  count_devices(count);
  if (index >= 0 && index < count) return;
  throw Failure(NERO_ERROR_DEVICE, count > 0 ? text("there is no CUDA device %d, only 0 to %d", index, count - 1)
                                             : text("no CUDA device %d: %s", index, cuda_description().c_str()));
}

}  // namespace

int cuda_device_count() {
  int count = 0;
  count_devices(count);
  return count;
}

std::string cuda_description() {
  int count = 0;
  const cudaError_t status = count_devices(count);
  const int v = CUDART_VERSION;
  const std::string built = text("built with CUDA %d.%d for %s", v / 1000, v % 1000 / 10, NERO_CUDA_TARGETS);
  if (count > 0) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    return text("CUDA %d.%d's driver; %s", driver / 1000, driver % 1000 / 10, built.c_str());
  }
  if (status == cudaErrorInsufficientDriver) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    if (driver == 0) return "none: this machine has no CUDA driver; " + built;
    return text("none: the CUDA driver is of %d.%d, too old; ", driver / 1000, driver % 1000 / 10) + built;
  }
  return text("none: %s; ", status == cudaSuccess ? "no CUDA device" : cudaGetErrorString(status)) + built;
}

void describe_cuda_device(int index, nero_device_info &info) {
  require_device(index);
  cudaDeviceProp properties{};
  cuda::check(cudaGetDeviceProperties(&properties, index), "the CUDA device's properties");
  info.kind = NERO_DEVICE_CUDA;
  info.index = index;
  info.multiprocessors = properties.multiProcessorCount;
  info.memory_bytes = properties.totalGlobalMem;
  std::strncpy(info.name, properties.name, sizeof info.name - 1);
  info.name[sizeof info.name - 1] = 0;
}

std::unique_ptr<Backend> make_cuda_backend(int index, void *stream) {
  require_device(index);
  return std::make_unique<cuda::CudaBackend>(index, stream);
}

}  // namespace nero
