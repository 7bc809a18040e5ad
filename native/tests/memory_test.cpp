// Memory, contexts, devices: what they promise, and what they refuse.
#include <stdlib.h>

#include "check.h"
#include "model.h"

namespace {

void memory() {
  nero_context *context = make_context(1);
  Message error;
  for (const uint64_t bytes : {0ul, 1ul, 100ul, 4096ul, 5ul << 20}) {
    void *address = nullptr;
    CHECK(nero_memory_allocate(context, bytes, &address, error) == NERO_OK);
    CHECK(address != nullptr && reinterpret_cast<uint64_t>(address) % 64 == 0);
    const auto *p = static_cast<const char *>(address);
    for (uint64_t i = 0; i < bytes; i++) {
      if (p[i] != 0) CHECK(!"zeroed");
    }
    CHECK(nero_memory_free(context, address, error) == NERO_OK);
    CHECK(nero_memory_free(context, address, error) == NERO_ERROR_DEVICE);
  }
  CHECK(nero_memory_free(context, nullptr, error) == NERO_OK);
  int local = 0;
  CHECK(nero_memory_free(context, &local, error) == NERO_ERROR_DEVICE);
  for (const uint64_t bytes : {UINT64_MAX, UINT64_MAX - 63, uint64_t{1} << 63, uint64_t{1} << 47}) {
    void *address = &local;
    CHECK(nero_memory_allocate(context, bytes, &address, error) == NERO_ERROR_OUT_OF_MEMORY);
    CHECK(address == &local);
  }
  CHECK(nero_memory_allocate(context, 8, nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_memory_allocate(nullptr, 8, reinterpret_cast<void **>(&context), error) == NERO_ERROR_NULL);

  // Memory of one context is foreign to another.
  nero_context *other = make_context(1);
  void *address = nullptr;
  CHECK(nero_memory_allocate(context, 64, &address, error) == NERO_OK);
  CHECK(nero_memory_free(other, address, error) == NERO_ERROR_DEVICE);
  CHECK(nero_context_destroy(other, error) == NERO_OK);

  char host[128] = "abc";
  const auto copy = [&](void *to, const void *from, uint64_t bytes) {
    return nero_memory_copy(context, to, from, bytes, NERO_COPY_HOST_TO_DEVICE, error);
  };
  CHECK(copy(address, host, 64) == NERO_OK && std::strcmp(static_cast<char *>(address), "abc") == 0);
  CHECK(copy(address, host, 65) == NERO_ERROR_SIZE && error.says("65") && error.says("64"));
  CHECK(copy(static_cast<char *>(address) + 60, host, 8) == NERO_ERROR_SIZE && error.says("4"));
  CHECK(copy(host, static_cast<char *>(address) + 60, 8) == NERO_ERROR_SIZE);
  CHECK(copy(host, host + 1, 4) == NERO_ERROR_OVERLAP && error.says("3 bytes"));
  CHECK(copy(host, host, UINT64_MAX) == NERO_ERROR_SIZE);
  CHECK(copy(nullptr, host, 1) == NERO_ERROR_NULL);
  CHECK(copy(host, nullptr, 1) == NERO_ERROR_NULL);
  CHECK(copy(nullptr, nullptr, 0) == NERO_OK);
  CHECK(nero_memory_copy(context, address, host, 1, static_cast<nero_copy_direction>(3), error) == NERO_ERROR_ARGUMENT);

  auto *floats = static_cast<float *>(address);
  CHECK(nero_memory_fill_f32(context, floats, 16, 2.5f, error) == NERO_OK && floats[15] == 2.5f);
  CHECK(nero_memory_fill_f32(context, floats, 17, 2.5f, error) == NERO_ERROR_SIZE);
  CHECK(nero_memory_fill_f32(context, floats, UINT64_MAX / 2, 2.5f, error) == NERO_ERROR_SIZE);
  CHECK(nero_memory_fill_f32(context, nullptr, 1, 2.5f, error) == NERO_ERROR_NULL);
  CHECK(nero_memory_fill_f32(context, nullptr, 0, 2.5f, error) == NERO_OK);
  CHECK(nero_memory_fill_f32(context, reinterpret_cast<float *>(host + 1), 1, 1, error) == NERO_ERROR_ALIGNMENT);
  CHECK(nero_context_destroy(context, error) == NERO_OK);  // what was not freed goes with it
}

void contexts() {
  Message error;
  nero_context *context = nullptr;
  nero_context_options options{};
  CHECK(nero_context_create(nullptr, nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_STRUCT_SIZE && error.says("is 0"));
  options.struct_size = sizeof options;
  options.device_kind = static_cast<nero_device_kind>(7);
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_ARGUMENT && error.says("7"));
  options.device_kind = NERO_DEVICE_CUDA;
  options.device_index = 99;
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_DEVICE && error.says("CUDA"));
  options.device_kind = NERO_DEVICE_CPU;
  options.device_index = 1;
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_DEVICE && error.says("1"));
  options.device_index = 0;
  for (const int threads : {-1, 100000}) {
    options.threads = threads;
    CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_ARGUMENT && error.says("threads"));
  }
  options.threads = 1;
  options.stream = &options;
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_ARGUMENT && error.says("stream"));
  options.stream = nullptr;
  options.cpu_level = "x86-64-v9";
  CHECK(nero_context_create(&options, &context, error) == NERO_ERROR_NOT_FOUND && error.says("x86-64-v9"));
  CHECK(error.says("generic"));
  CHECK(context == nullptr);
  CHECK(nero_context_destroy(nullptr, error) == NERO_OK);
  CHECK(nero_context_synchronize(nullptr, error) == NERO_ERROR_NULL);
  uint64_t no_context[16] = {};
  auto *fake = reinterpret_cast<nero_context *>(no_context);
  CHECK(nero_context_synchronize(fake, error) == NERO_ERROR_ARGUMENT);
  CHECK(nero_context_destroy(fake, error) == NERO_ERROR_ARGUMENT);
  CHECK(nero_optimizer_destroy(reinterpret_cast<nero_optimizer *>(no_context), error) == NERO_ERROR_ARGUMENT);
}

void environment() {
  Message error;
  nero_context *context = nullptr;
  setenv("NERO_CPU_LEVEL", "generic", 1);
  setenv("NERO_NUM_THREADS", "3", 1);
  nero_runtime_info info{};
  info.struct_size = sizeof info;
  CHECK(nero_runtime_describe(&info, error) == NERO_OK);
  CHECK(info.threads == 3 && std::strcmp(info.cpu_level, "generic") == 0);
  setenv("NERO_NUM_THREADS", "many", 1);
  CHECK(nero_runtime_describe(&info, error) == NERO_ERROR_ARGUMENT && error.says("many"));
  CHECK(nero_context_create(nullptr, &context, error) == NERO_ERROR_ARGUMENT);
  unsetenv("NERO_NUM_THREADS");
  setenv("NERO_CPU_LEVEL", "mmx", 1);
  CHECK(nero_context_create(nullptr, &context, error) == NERO_ERROR_NOT_FOUND && error.says("mmx"));
  CHECK(nero_runtime_describe(&info, error) == NERO_ERROR_NOT_FOUND && error.says("mmx"));
  unsetenv("NERO_CPU_LEVEL");
}

void devices() {
  Message error;
  int32_t count = -1;
  CHECK(nero_device_count(NERO_DEVICE_CPU, &count, error) == NERO_OK && count == 1);
  CHECK(nero_device_count(NERO_DEVICE_CUDA, &count, error) == NERO_OK && count >= 0);
  const int32_t cuda_devices = count;
  CHECK(nero_device_count(NERO_DEVICE_CPU, nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_device_count(static_cast<nero_device_kind>(-1), &count, error) == NERO_ERROR_ARGUMENT);
  nero_device_info info{};
  CHECK(nero_device_describe(NERO_DEVICE_CPU, 0, &info, error) == NERO_ERROR_STRUCT_SIZE);
  info.struct_size = sizeof info;
  CHECK(nero_device_describe(NERO_DEVICE_CPU, 0, &info, error) == NERO_OK);
  CHECK(info.multiprocessors >= 1 && info.memory_bytes > 0 && info.name[0] != 0);
  CHECK(nero_device_describe(NERO_DEVICE_CPU, 1, &info, error) == NERO_ERROR_DEVICE);
  CHECK(nero_device_describe(NERO_DEVICE_CUDA, 99, &info, error) == NERO_ERROR_DEVICE && error.says("CUDA"));
  nero_runtime_info runtime{};
  CHECK(nero_runtime_describe(nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_runtime_describe(&runtime, error) == NERO_ERROR_STRUCT_SIZE);
  runtime.struct_size = sizeof runtime;
  CHECK(nero_runtime_describe(&runtime, error) == NERO_OK);
  CHECK(runtime.cuda_devices == cuda_devices && runtime.build[0] != 0 && runtime.version[0] != 0);
  // Without a device, a sentence that says why.
  CHECK(runtime.cuda[0] != 0 && (cuda_devices == 0) == (std::strncmp(runtime.cuda, "none: ", 6) == 0));
  CHECK(std::strstr(runtime.cpu_levels, runtime.cpu_level) == runtime.cpu_levels);
}

}  // namespace

int main() {
  memory();
  contexts();
  environment();
  devices();
  return nero_failures != 0;
}
