#include <cstdint>

#include "abi/guard.h"
#include "runtime/cuda.h"
#include "runtime/device.h"

using namespace nero;

namespace {

uint64_t fnv1a(const char *bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *bytes != 0; bytes++) hash = (hash ^ static_cast<unsigned char>(*bytes)) * 0x100000001b3u;
  return hash;
}

}  // namespace

nero_status nero_runtime_describe(nero_runtime_info *info, nero_error *error) {
  return guarded(error, [&] {
    nero_runtime_info &i = known(info, "nero_runtime_info");
    const int threads = default_threads();
    const Kernels &level = required_kernels(nullptr);
    i.threads = threads;
    i.abi_version = NERO_ABI_VERSION;
    i.layout_hash = fnv1a(nero_abi_describe());
    i.cuda_devices = cuda_device_count();
    copy_text(i.version, NERO_VERSION);
    copy_text(i.cpu_level, level.level);
    copy_text(i.cpu_levels, kernel_levels());
    copy_text(i.build, NERO_BUILD);
    copy_text(i.cuda, cuda_description().c_str());
  });
}

nero_status nero_device_count(nero_device_kind kind, int32_t *count, nero_error *error) {
  return guarded(error, [&] {
    require_enum("kind", kind, NERO_DEVICE_CUDA);
    required(count, "count") = kind == NERO_DEVICE_CPU ? 1 : cuda_device_count();
  });
}

nero_status nero_device_describe(nero_device_kind kind, int32_t index, nero_device_info *info, nero_error *error) {
  return guarded(error, [&] {
    nero_device_info &i = known(info, "nero_device_info");
    require_enum("kind", kind, NERO_DEVICE_CUDA);
    if (kind == NERO_DEVICE_CUDA) {
      describe_cuda_device(index, i);
      return;
    }
    if (index != 0) throw Failure(NERO_ERROR_DEVICE, text("there is no CPU device %d, only 0", index));
    const CpuDescription cpu = describe_cpu();
    i.kind = kind;
    i.index = index;
    i.multiprocessors = cpu.processors;
    i.memory_bytes = cpu.memory_bytes;
    copy_text(i.name, cpu.name.c_str());
  });
}
