// Devices, errors, versions, what a kernel needs.
#include <algorithm>
#include <cstring>

#include "runtime/api.h"

using namespace ptxemu;

namespace {

constexpr int kVersion = 13000;

int blocks_that_fit(const Function &f, int threads, size_t dynamic_shared) {
  if (threads <= 0 || threads > 1024) return 0;
  const u64 shared = f.shared_end + dynamic_shared;
  const int by_threads = 2048 / static_cast<int>(round_up(static_cast<u64>(threads), kLanes));
  const int by_shared = shared ? static_cast<int>(102400 / shared) : 32;
  return std::min({by_threads, by_shared, 32});
}

const char *const kNames[][3] = {
    {"0", "cudaSuccess", "no error"},
    {"1", "cudaErrorInvalidValue", "invalid argument"},
    {"2", "cudaErrorMemoryAllocation", "out of memory"},
    {"9", "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {"13", "cudaErrorInvalidSymbol", "invalid device symbol"},
    {"21", "cudaErrorInvalidMemcpyDirection", "invalid copy direction for memcpy"},
    {"98", "cudaErrorInvalidDeviceFunction", "invalid device function"},
    {"100", "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {"101", "cudaErrorInvalidDevice", "invalid device ordinal"},
    {"400", "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {"600", "cudaErrorNotReady", "device not ready"},
    {"700", "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    {"702", "cudaErrorLaunchTimeout", "the launch timed out and was terminated"},
    {"710", "cudaErrorAssert", "device-side assert triggered"},
    {"715", "cudaErrorIllegalInstruction", "an illegal instruction was encountered"},
    {"716", "cudaErrorMisalignedAddress", "misaligned address"},
    {"719", "cudaErrorLaunchFailure", "unspecified launch failure"},
    {"801", "cudaErrorNotSupported", "operation not supported"},
    {"900", "cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"},
    {"901", "cudaErrorStreamCaptureInvalidated", "operation failed due to a previous error during capture"},
    {"903", "cudaErrorStreamCaptureUnmatched", "capture was not ended in the same stream as it began"},
    {"904", "cudaErrorStreamCaptureUnjoined", "capturing stream has unjoined work"},
    {"905", "cudaErrorStreamCaptureIsolation", "dependency created on uncaptured work in another stream"},
    {"906", "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
};

const char *error_text(int code, int column) {
  for (const auto &row : kNames) {
    if (std::atoi(row[0]) == code) return row[column];
  }
  return column == 1 ? "cudaErrorUnknown" : "unknown error";
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int *count) {
  return api_always([&]() -> int {
    *count = settings().devices;
    return *count > 0 ? kSuccess : kNoDevice;
  });
}

cudaError_t cudaGetDevice(int *device) {
  *device = current_device();
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return api_always([&] { return set_current_device(device); });
}

cudaError_t cudaInitDevice(int device, unsigned, unsigned) {
  return device >= 0 && device < settings().devices ? cudaSuccess : cudaErrorInvalidDevice;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device) {
  return api_always([&]() -> int {
    if (device < 0 || device >= settings().devices) return kInvalidDevice;
    *value = device_attribute(attribute, device);
    return kSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device) {
  return api_always([&]() -> int {
    if (device < 0 || device >= settings().devices) return kInvalidDevice;
    const auto of = [device](cudaDeviceAttr a) { return device_attribute(a, device); };
    std::memset(p, 0, sizeof *p);
    std::snprintf(p->name, sizeof p->name, "PTX emulator %d", device);
    std::memcpy(p->uuid.bytes, "ptx-emulator-", 13);
    p->uuid.bytes[15] = static_cast<char>(device);
    p->totalGlobalMem = settings().memory;
    p->sharedMemPerBlock = static_cast<size_t>(of(cudaDevAttrMaxSharedMemoryPerBlock));
    p->regsPerBlock = of(cudaDevAttrMaxRegistersPerBlock);
    p->warpSize = kLanes;
    p->memPitch = 0x7fffffff;
    p->maxThreadsPerBlock = of(cudaDevAttrMaxThreadsPerBlock);
    p->maxThreadsDim[0] = p->maxThreadsDim[1] = 1024;
    p->maxThreadsDim[2] = 64;
    p->maxGridSize[0] = 0x7fffffff;
    p->maxGridSize[1] = p->maxGridSize[2] = 65535;
    p->totalConstMem = 65536;
    p->major = of(cudaDevAttrComputeCapabilityMajor);
    p->minor = of(cudaDevAttrComputeCapabilityMinor);
    p->textureAlignment = 512;
    p->multiProcessorCount = of(cudaDevAttrMultiProcessorCount);
    p->canMapHostMemory = 1;
    p->concurrentKernels = 1;
    p->pciBusID = device;
    p->asyncEngineCount = 1;
    p->unifiedAddressing = 1;
    p->memoryBusWidth = of(cudaDevAttrGlobalMemoryBusWidth);
    p->l2CacheSize = of(cudaDevAttrL2CacheSize);
    p->maxThreadsPerMultiProcessor = of(cudaDevAttrMaxThreadsPerMultiProcessor);
    p->sharedMemPerMultiprocessor = static_cast<size_t>(of(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
    p->regsPerMultiprocessor = of(cudaDevAttrMaxRegistersPerMultiprocessor);
    p->managedMemory = 1;
    p->cooperativeLaunch = 1;
    p->sharedMemPerBlockOptin = static_cast<size_t>(of(cudaDevAttrMaxSharedMemoryPerBlockOptin));
    p->maxBlocksPerMultiProcessor = of(cudaDevAttrMaxBlocksPerMultiprocessor);
    p->reservedSharedMemPerBlock = 1024;
    p->memoryPoolsSupported = 1;
    return kSuccess;
  });
}

cudaError_t cudaDeviceGetPCIBusId(char *text, int length, int device) {
  std::snprintf(text, static_cast<size_t>(length), "0000:%02x:00.0", device);
  return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int, int) {
  *can = 0;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  return api([] {
    if (const int e = refuse_in_capture()) return e;
    return drain_device(current_device());
  });
}

cudaError_t cudaDeviceReset() {
  const std::lock_guard lock(api_mutex());
  drain_device(current_device());
  clear_fault();
  return cudaSuccess;
}

cudaError_t cudaSetDeviceFlags(unsigned) { return cudaSuccess; }
cudaError_t cudaDeviceSetLimit(cudaLimit, size_t) { return cudaSuccess; }
cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache) { return cudaSuccess; }

cudaError_t cudaRuntimeGetVersion(int *version) {
  *version = kVersion;
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version) {
  *version = kVersion;
  return cudaSuccess;
}

cudaError_t cudaGetLastError() { return static_cast<cudaError_t>(last_error(true)); }
cudaError_t cudaPeekAtLastError() { return static_cast<cudaError_t>(last_error(false)); }
const char *cudaGetErrorName(cudaError_t e) { return error_text(e, 1); }

/// Of a fault the whole story, as long as it is the process's last.
const char *cudaGetErrorString(cudaError_t e) {
  thread_local std::string text;
  const std::lock_guard lock(api_mutex());
  if (e != cudaSuccess && e == sticky_error()) {
    text = std::string(error_text(e, 2)) + ": " + last_fault_text();
    return text.c_str();
  }
  return error_text(e, 2);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *a, const void *kernel) {
  return api([&]() -> int {
    const Function *f = find_kernel(kernel);
    if (!f) return kInvalidDeviceFunction;
    std::memset(a, 0, sizeof *a);
    a->sharedSizeBytes = f->shared_end;
    a->localSizeBytes = f->local_bytes;
    a->maxThreadsPerBlock = static_cast<int>(f->max_threads ? f->max_threads : 1024);
    a->numRegs = static_cast<int>(std::min<u32>(f->registers, 255));
    a->ptxVersion = a->binaryVersion = settings().capability;
    a->maxDynamicSharedSizeBytes = static_cast<int>(f->shared_limit - f->shared_end);
    return kSuccess;
  });
}

cudaError_t cudaFuncSetAttribute(const void *kernel, cudaFuncAttribute attribute, int value) {
  return api([&]() -> int {
    Function *f = find_kernel(kernel);
    if (!f) return kInvalidDeviceFunction;
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return kSuccess;
    const int most = device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, 0);
    if (value < 0 || value + static_cast<int>(f->shared_end) > most) return kInvalidValue;
    f->shared_limit = std::max<u32>(49152, static_cast<u32>(value) + f->shared_end);
    return kSuccess;
  });
}

cudaError_t cudaFuncSetCacheConfig(const void *kernel, cudaFuncCache) {
  return api([&] { return find_kernel(kernel) ? kSuccess : kInvalidDeviceFunction; });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *kernel, int threads, size_t shared) {
  return api([&]() -> int {
    const Function *f = find_kernel(kernel);
    if (!f) return kInvalidDeviceFunction;
    *blocks = blocks_that_fit(*f, threads, shared);
    return kSuccess;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *kernel, int threads,
                                                                   size_t shared, unsigned) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, kernel, threads, shared);
}

}  // extern "C"
