#include "abi/guard.h"

using namespace nero;

nero_status nero_memory_allocate(nero_context *context, uint64_t bytes, void **address, nero_error *error) {
  return guarded(error, [&] {
    void *&out = required(address, "address");
    out = valid(context).memory().allocate(bytes);
  });
}

nero_status nero_memory_free(nero_context *context, void *address, nero_error *error) {
  return guarded(error, [&] {
    if (address != nullptr) valid(context).memory().free(address);
  });
}

nero_status nero_memory_copy(nero_context *context, void *to, const void *from, uint64_t bytes,
                             nero_copy_direction direction, nero_error *error) {
  return guarded(error, [&] {
    valid(context);
    require_enum("direction", direction, NERO_COPY_DEVICE_TO_DEVICE);
    require_bytes(to, bytes, "to");
    require_bytes(from, bytes, "from");
    const auto a = reinterpret_cast<uint64_t>(to);
    const auto b = reinterpret_cast<uint64_t>(from);
    if (a < b + bytes && b < a + bytes) {
      throw Failure(NERO_ERROR_OVERLAP, text("to and from share %llu bytes",
                                             (unsigned long long)(std::min(a, b) + bytes - std::max(a, b))));
    }
    if (bytes > 0) std::memcpy(to, from, bytes);
  });
}

nero_status nero_memory_fill_f32(nero_context *context, float *address, uint64_t count, float value,
                                 nero_error *error) {
  return guarded(error, [&] {
    valid(context);
    require_bytes(address, count, "address");
    if (reinterpret_cast<uint64_t>(address) % 4 != 0) {
      throw Failure(NERO_ERROR_ALIGNMENT, text("address %p is no multiple of 4", static_cast<void *>(address)));
    }
    std::fill_n(address, count, value);
  });
}
