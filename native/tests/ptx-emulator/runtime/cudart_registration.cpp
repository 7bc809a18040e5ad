// What compiled code calls by itself: registration, and launches by <<<>>>.
#include "runtime/api.h"

using namespace ptxemu;

namespace {

struct Wrapper {
  int magic;
  int version;
  const u8 *data;
  void *file;
};

struct LaunchShape {
  dim3 grid, block;
  size_t shared;
  void *stream;
};

std::vector<LaunchShape> &pushed() {
  thread_local std::vector<LaunchShape> shapes;
  return shapes;
}

Dim3 to_dim(const dim3 &d) { return {d.x, d.y, d.z}; }

int launch(const void *kernel, const dim3 &grid, const dim3 &block, void **args, size_t shared, const void *stream,
           bool cooperative) {
  const Function *f = find_kernel(kernel);
  if (!f || !f->entry) return kInvalidDeviceFunction;
  Stream *s = stream_of(stream);
  if (!s) return kInvalidHandle;
  KernelCall call;
  call.function = f;
  call.grid = to_dim(grid);
  call.block = to_dim(block);
  call.shared = shared;
  call.parameters = packed_arguments(*f, args);
  call.cooperative = cooperative;
  return launch_on(s, std::move(call));
}

}  // namespace

extern "C" {

void **__cudaRegisterFatBinary(void *wrapper) {
  const std::lock_guard lock(api_mutex());
  return reinterpret_cast<void **>(register_binary(static_cast<Wrapper *>(wrapper)->data));
}

void __cudaRegisterFatBinaryEnd(void **) {}

void __cudaUnregisterFatBinary(void **handle) {
  const std::lock_guard lock(api_mutex());
  unregister_binary(reinterpret_cast<Binary *>(handle));
}

char __cudaInitModule(void **) { return 1; }

void __cudaRegisterFunction(void **handle, const char *host, char *, const char *name, int, uint3 *, uint3 *, dim3 *,
                            dim3 *, int *) {
  const std::lock_guard lock(api_mutex());
  register_kernel(reinterpret_cast<Binary *>(handle), host, name);
}

void __cudaRegisterVar(void **handle, char *host, char *, const char *name, int, size_t, int, int) {
  const std::lock_guard lock(api_mutex());
  register_variable(reinterpret_cast<Binary *>(handle), host, name);
}

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, void *stream) {
  pushed().push_back({grid, block, shared, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream) {
  if (pushed().empty()) return cudaErrorInvalidConfiguration;
  const LaunchShape shape = pushed().back();
  pushed().pop_back();
  *grid = shape.grid;
  *block = shape.block;
  *shared = shape.shared;
  *static_cast<void **>(stream) = shape.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *host) {
  return api([&] {
    *kernel = reinterpret_cast<cudaKernel_t>(find_kernel(host));
    return *kernel ? kSuccess : kInvalidDeviceFunction;
  });
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void **args, size_t shared,
                               cudaStream_t stream) {
  return api([&] { return launch(kernel, grid, block, args, shared, stream, false); });
}

cudaError_t __cudaLaunchKernel_ptsz(cudaKernel_t kernel, dim3 grid, dim3 block, void **args, size_t shared,
                                    cudaStream_t stream) {
  return __cudaLaunchKernel(kernel, grid, block, args, shared, stream ? stream : cudaStreamPerThread);
}

cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block, void **args, size_t shared,
                             cudaStream_t stream) {
  return api([&] { return launch(kernel, grid, block, args, shared, stream, false); });
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *kernel, void **args) {
  return api([&]() -> int {
    bool cooperative = false;
    for (unsigned i = 0; i < config->numAttrs; i++) {
      const cudaLaunchAttribute &a = config->attrs[i];
      if (a.id == cudaLaunchAttributeCooperative) cooperative = a.val.cooperative != 0;
      if (a.id == cudaLaunchAttributeClusterDimension) return kNotSupported;
    }
    return launch(kernel, config->gridDim, config->blockDim, args, config->dynamicSmemBytes, config->stream,
                  cooperative);
  });
}

cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 grid, dim3 block, void **args, size_t shared,
                                        cudaStream_t stream) {
  return api([&] { return launch(kernel, grid, block, args, shared, stream, true); });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t work, void *data) {
  return on_stream(stream, [&](Stream *s) {
    return submit(s, Operation::Kind::Host, [work, data] {
      work(data);
      return int{kSuccess};
    });
  });
}

}  // extern "C"
