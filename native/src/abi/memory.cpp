#include "abi/guard.h"

using namespace nero;

namespace {

/// What can be known of a range of bytes: it is there, it fits the address space, and it fits the memory given out.
void check_place(const Backend &backend, const char *name, const void *address, uint64_t bytes) {
  require_bytes(address, bytes, name);
  require_addressable(name, address, bytes);
  backend.check(name, address, bytes);
}

/// A backend's own blocks stay in its stream's order; a caller may take its block to another stream at once, where a
/// zeroing that is still queued would come too late.
void *allocate_for_any_stream(Backend &backend, uint64_t bytes) {
  void *const address = backend.allocate(bytes);
  try {
    backend.synchronize();
  } catch (...) {
    backend.free(address);
    throw;
  }
  return address;
}

void copy(Backend &backend, void *to, const void *from, uint64_t bytes, nero_copy_direction direction, bool wait) {
  require_enum("direction", direction, NERO_COPY_DEVICE_TO_DEVICE);
  check_place(backend, "to", to, bytes);
  check_place(backend, "from", from, bytes);
  const auto a = reinterpret_cast<uint64_t>(to);
  const auto b = reinterpret_cast<uint64_t>(from);
  const uint64_t distance = a < b ? b - a : a - b;
  if (distance < bytes) {
    throw Failure(NERO_ERROR_OVERLAP, text("to and from share %llu bytes", (unsigned long long)(bytes - distance)));
  }
  if (bytes == 0) return;
  if (direction != NERO_COPY_HOST_TO_DEVICE) backend.require_reachable("from", "copy", -1, from);
  if (direction != NERO_COPY_DEVICE_TO_HOST) backend.require_reachable("to", "copy", -1, to);
  backend.copy(to, from, bytes, direction, wait);
}

}  // namespace

nero_status nero_memory_allocate(nero_context *context, uint64_t bytes, void **address, nero_error *error) {
  return guarded(error, [&] {
    void *&out = required(address, "address");
    out = allocate_for_any_stream(valid(context).backend(), bytes);
  });
}

nero_status nero_memory_free(nero_context *context, void *address, nero_error *error) {
  return guarded(error, [&] {
    if (address != nullptr) valid(context).backend().free(address);
  });
}

nero_status nero_memory_allocate_host(nero_context *context, uint64_t bytes, void **address, nero_error *error) {
  return guarded(error, [&] {
    void *&out = required(address, "address");
    out = valid(context).backend().allocate_host(bytes);
  });
}

nero_status nero_memory_free_host(nero_context *context, void *address, nero_error *error) {
  return guarded(error, [&] {
    if (address != nullptr) valid(context).backend().free_host(address);
  });
}

nero_status nero_memory_copy(nero_context *context, void *to, const void *from, uint64_t bytes,
                             nero_copy_direction direction, nero_error *error) {
  return guarded(error, [&] { copy(valid(context).backend(), to, from, bytes, direction, true); });
}

nero_status nero_memory_copy_async(nero_context *context, void *to, const void *from, uint64_t bytes,
                                   nero_copy_direction direction, nero_error *error) {
  return guarded(error, [&] { copy(valid(context).backend(), to, from, bytes, direction, false); });
}

nero_status nero_memory_fill_f32(nero_context *context, float *address, uint64_t count, float value,
                                 nero_error *error) {
  return guarded(error, [&] {
    Backend &backend = valid(context).backend();
    if (count > UINT64_MAX / 4) {
      throw Failure(NERO_ERROR_SIZE,
                    text("count is %llu, more floats than an address space holds", (unsigned long long)count));
    }
    check_place(backend, "address", address, count * 4);
    if (reinterpret_cast<uint64_t>(address) % 4 != 0) {
      throw Failure(NERO_ERROR_ALIGNMENT, text("address %p is no multiple of 4", static_cast<void *>(address)));
    }
    if (count == 0) return;
    backend.require_reachable("address", "fill", -1, address);
    backend.fill(address, count, value);
  });
}
