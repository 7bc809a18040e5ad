// The CUDA backend as the runtime sees it. A build without nvcc has the same functions, which find nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "nero/nero.h"
#include "runtime/backend.h"

namespace nero {

/// CUDA devices that can be used; 0 where the build, the driver or the device is missing.
int cuda_device_count();

/// The CUDA runtime and what the library holds for it, or one sentence that says why there is none.
std::string cuda_description();

/// Throws where there is no such device.
void describe_cuda_device(int index, nero_device_info &info);

/// stream: the caller's, or null for one of the backend's own. Throws where there is no such device.
std::unique_ptr<Backend> make_cuda_backend(int index, void *stream);

}  // namespace nero
