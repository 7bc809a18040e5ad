// The driver's entry points (libcuda.so.1), as far as a program needs them that loads PTX itself.
#include <cuda.h>

#include <cstdio>
#include <cstring>

#include "core/settings.h"
#include "runtime/context.h"
#include "runtime/modules.h"

using namespace ptxemu;

namespace {

template <class F>
CUresult api(F &&work) {
  return static_cast<CUresult>(guarded(std::forward<F>(work)));
}

template <class F>
CUresult on_stream(CUstream handle, F &&work) {
  return api([&]() -> int {
    Stream *s = stream_of(handle);
    return s ? work(s) : int{kInvalidHandle};
  });
}

void *pointer(CUdeviceptr p) { return reinterpret_cast<void *>(p); }

/// One context a device, whose handle is its number plus one.
CUcontext context_of(int device) { return reinterpret_cast<CUcontext>(static_cast<u64>(device) + 1); }

int make_current(CUcontext c) {
  return c ? set_current_device(static_cast<int>(reinterpret_cast<u64>(c)) - 1) : int{kSuccess};
}

CUresult copy(void *to, const void *from, size_t bytes, int kind, CUstream stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    if (const int e = check_copy(to, from, bytes, kind)) return e;
    return submit(s, Operation::Kind::Copy, [=] { return copy_bytes(to, from, bytes, kind); });
  });
}

template <class T>
CUresult fill(CUdeviceptr to, T value, size_t count, CUstream stream) {
  return on_stream(stream, [&](Stream *s) {
    return submit(s, Operation::Kind::Set, [=]() -> int {
      if (count == 0) return kSuccess;
      u8 *at = DeviceMemory::instance().view(to, count * sizeof(T));
      if (!at) return kInvalidValue;
      for (size_t i = 0; i < count; i++) std::memcpy(at + i * sizeof(T), &value, sizeof(T));
      return kSuccess;
    });
  });
}

/// The arguments as one block of memory, as CU_LAUNCH_PARAM_BUFFER_POINTER gives them.
std::vector<u8> packed_extra(const Function &f, void **extra) {
  std::vector<u8> packed(f.parameter_bytes);
  for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
    if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER) std::memcpy(packed.data(), extra[1], packed.size());
  }
  return packed;
}

int launch(CUfunction handle, Dim3 grid, Dim3 block, unsigned shared, CUstream stream, void **args, void **extra,
           bool cooperative) {
  const Function *f = find_kernel(handle);
  Stream *s = stream_of(stream);
  if (!f || !s) return kInvalidHandle;
  KernelCall call;
  call.function = f;
  call.grid = grid;
  call.block = block;
  call.shared = shared;
  call.parameters = args || !extra ? packed_arguments(*f, args) : packed_extra(*f, extra);
  call.cooperative = cooperative;
  return launch_on(s, std::move(call));
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }

CUresult cuDriverGetVersion(int *version) {
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) {
  *count = settings().devices;
  return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  *device = ordinal;
  return ordinal >= 0 && ordinal < settings().devices ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
  std::snprintf(name, static_cast<size_t>(length), "PTX emulator %d", device);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  *value = device_attribute(attribute, device);
  return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem(size_t *bytes, CUdevice) {
  *bytes = settings().memory;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  *context = context_of(device);
  return static_cast<CUresult>(set_current_device(device));
}

CUresult cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
CUresult cuCtxSetCurrent(CUcontext context) { return static_cast<CUresult>(make_current(context)); }

CUresult cuCtxGetCurrent(CUcontext *context) {
  *context = context_of(current_device());
  return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize() {
  return api([] { return drain_device(current_device()); });
}

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return api([&] {
    *module = reinterpret_cast<CUmodule>(load_image(image).release());
    return *module ? kSuccess : kInvalidImage;
  });
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, CUjit_option *, void **) {
  return cuModuleLoadData(module, image);
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *image) { return cuModuleLoadData(module, image); }

CUresult cuModuleUnload(CUmodule module) {
  return static_cast<CUresult>(always([&] {
    auto *m = reinterpret_cast<Module *>(module);
    forget(*m);
    delete m;
    return kSuccess;
  }));
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  return api([&] {
    const auto &all = reinterpret_cast<Module *>(module)->functions;
    const auto it = all.find(name);
    *function = it == all.end() ? nullptr : reinterpret_cast<CUfunction>(it->second.get());
    return *function ? kSuccess : kNotFound;
  });
}

CUresult cuModuleGetGlobal(CUdeviceptr *p, size_t *bytes, CUmodule module, const char *name) {
  return api([&] {
    const auto &all = reinterpret_cast<Module *>(module)->symbols;
    const auto it = all.find(name);
    if (it == all.end()) return kNotFound;
    if (p) *p = it->second.address;
    if (bytes) *bytes = it->second.bytes;
    return kSuccess;
  });
}

CUresult cuMemAlloc(CUdeviceptr *p, size_t bytes) {
  return api([&] {
    *p = DeviceMemory::instance().allocate(bytes, current_device());
    return *p ? kSuccess : kOutOfMemory;
  });
}

CUresult cuMemFree(CUdeviceptr p) {
  return static_cast<CUresult>(
      always([&] { return !p || DeviceMemory::instance().release(p) ? kSuccess : kInvalidValue; }));
}

CUresult cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes) {
  return copy(pointer(to), from, bytes, 1, nullptr);
}
CUresult cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes) { return copy(to, pointer(from), bytes, 2, nullptr); }
CUresult cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy(pointer(to), pointer(from), bytes, 3, nullptr);
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream s) {
  return copy(pointer(to), from, bytes, 1, s);
}
CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream s) {
  return copy(to, pointer(from), bytes, 2, s);
}
CUresult cuMemsetD8(CUdeviceptr to, unsigned char value, size_t count) { return fill(to, value, count, nullptr); }
CUresult cuMemsetD32(CUdeviceptr to, unsigned value, size_t count) { return fill(to, value, count, nullptr); }

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  return api([&] {
    *stream = reinterpret_cast<CUstream>(make_stream(current_device(), !(flags & CU_STREAM_NON_BLOCKING)));
    return kSuccess;
  });
}

CUresult cuStreamDestroy(CUstream stream) {
  return static_cast<CUresult>(always([&] { return drop_stream(stream) ? kSuccess : kInvalidHandle; }));
}

CUresult cuStreamSynchronize(CUstream stream) { return on_stream(stream, drain); }

CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream stream, void **args, void **extra) {
  return api([&] { return launch(f, {gx, gy, gz}, {bx, by, bz}, shared, stream, args, extra, false); });
}

CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                                   unsigned bz, unsigned shared, CUstream stream, void **args) {
  return api([&] { return launch(f, {gx, gy, gz}, {bx, by, bz}, shared, stream, args, nullptr, true); });
}

CUresult cuGetErrorString(CUresult e, const char **text) {
  thread_local std::string last;
  last = e == CUDA_SUCCESS ? "no error" : e == sticky_error() ? last_fault_text() : "error " + std::to_string(e);
  *text = last.c_str();
  return CUDA_SUCCESS;
}

}  // extern "C"
