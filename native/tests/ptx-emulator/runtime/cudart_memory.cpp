// Allocation, copies, fills, symbols, pointer attributes.
#include <cstring>

#include "runtime/api.h"

using namespace ptxemu;

namespace {

int allocate(void **p, size_t bytes) {
  *p = nullptr;
  if (bytes == 0) return kSuccess;
  *p = reinterpret_cast<void *>(DeviceMemory::instance().allocate(bytes, current_device()));
  return *p ? kSuccess : kOutOfMemory;
}

int allocate_host(void **p, size_t bytes, Region::Kind kind) {
  *p = nullptr;
  if (bytes == 0) return kSuccess;
  *p = DeviceMemory::instance().allocate_host(bytes, kind, current_device());
  return *p ? kSuccess : kOutOfMemory;
}

/// Device memory is freed by cudaFree, pinned by cudaFreeHost; the other way about is an error.
int release(const void *p, bool host) {
  if (!p) return kSuccess;
  DeviceMemory &memory = DeviceMemory::instance();
  const Region r = memory.find(reinterpret_cast<u64>(p));
  const bool is_host = r.kind == Region::Kind::Pinned;
  if (!r.bytes || r.begin != reinterpret_cast<u64>(p) || is_host != host) return kInvalidValue;
  if (const int e = drain_device(r.device)) return e;
  return memory.release(r.begin) ? kSuccess : kInvalidValue;
}

int copy_now(void *to, const void *from, size_t bytes, int kind) {
  if (const int e = refuse_in_capture()) return e;
  if (const int e = check_copy(to, from, bytes, kind)) return e;
  Stream *legacy = stream_of(nullptr);
  return submit(legacy, Operation::Kind::Copy, [=] { return copy_bytes(to, from, bytes, kind); });
}

int copy_later(Stream *s, void *to, const void *from, size_t bytes, int kind) {
  if (const int e = check_copy(to, from, bytes, kind)) return e;
  return submit(s, Operation::Kind::Copy, [=] { return copy_bytes(to, from, bytes, kind); });
}

/// Rows of a pitched copy, each checked on its own.
int copy_rows(Stream *s, void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height,
              int kind) {
  if (width > to_pitch || width > from_pitch) return kInvalidValue;
  for (size_t i = 0; i < height; i++) {
    const int e = copy_later(s, static_cast<u8 *>(to) + i * to_pitch, static_cast<const u8 *>(from) + i * from_pitch,
                             width, kind);
    if (e) return e;
  }
  return kSuccess;
}

/// Where a range of a symbol lies, null when it does not.
void *symbol_address(const void *symbol, size_t bytes, size_t offset) {
  const Symbol *s = find_variable(symbol);
  return s && offset + bytes <= s->bytes ? reinterpret_cast<void *>(s->address + offset) : nullptr;
}

}  // namespace

extern "C" {

cudaError_t cudaMalloc(void **p, size_t bytes) {
  return api([&] {
    const int e = refuse_in_capture();
    return e ? e : allocate(p, bytes);
  });
}

cudaError_t cudaFree(void *p) {
  return api_always([&] { return release(p, false); });
}

cudaError_t cudaMallocAsync(void **p, size_t bytes, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int { return s->capture ? int{kNotSupported} : allocate(p, bytes); });
}

cudaError_t cudaMallocFromPoolAsync(void **p, size_t bytes, cudaMemPool_t, cudaStream_t stream) {
  return cudaMallocAsync(p, bytes, stream);
}

cudaError_t cudaFreeAsync(void *p, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    if (s->capture) return kNotSupported;
    const Region r = DeviceMemory::instance().find(reinterpret_cast<u64>(p));
    if (p && (!r.bytes || r.begin != reinterpret_cast<u64>(p) || r.kind != Region::Kind::Device)) return kInvalidValue;
    return submit(s, Operation::Kind::Empty, [p]() -> int {
      return !p || DeviceMemory::instance().release(reinterpret_cast<u64>(p)) ? kSuccess : kInvalidValue;
    });
  });
}

cudaError_t cudaMallocManaged(void **p, size_t bytes, unsigned) {
  return api([&] { return allocate_host(p, bytes, Region::Kind::Managed); });
}

cudaError_t cudaMallocHost(void **p, size_t bytes) {
  return api([&] { return allocate_host(p, bytes, Region::Kind::Pinned); });
}

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned) { return cudaMallocHost(p, bytes); }

cudaError_t cudaFreeHost(void *p) {
  return api_always([&] { return release(p, true); });
}

cudaError_t cudaHostRegister(void *p, size_t bytes, unsigned) {
  return api([&] {
    return p && bytes && DeviceMemory::instance().register_host(p, bytes, current_device()) ? kSuccess : kInvalidValue;
  });
}

cudaError_t cudaHostUnregister(void *p) {
  return api_always(
      [&] { return DeviceMemory::instance().release(reinterpret_cast<u64>(p)) ? kSuccess : kInvalidValue; });
}

cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned) {
  return api([&] {
    *device = host;
    return DeviceMemory::instance().find(reinterpret_cast<u64>(host)).bytes ? kSuccess : kInvalidValue;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *p) {
  return api_always([&]() -> int {
    std::memset(attributes, 0, sizeof *attributes);
    const Region r = DeviceMemory::instance().find(reinterpret_cast<u64>(p));
    attributes->device = r.bytes ? r.device : -2;  // cudaInvalidDeviceId
    attributes->type = cudaMemoryTypeUnregistered;
    if (!r.bytes) {
      attributes->hostPointer = const_cast<void *>(p);
      return kSuccess;
    }
    attributes->devicePointer = const_cast<void *>(p);
    attributes->hostPointer = r.kind == Region::Kind::Device ? nullptr : const_cast<void *>(p);
    attributes->type = r.kind == Region::Kind::Device   ? cudaMemoryTypeDevice
                       : r.kind == Region::Kind::Pinned ? cudaMemoryTypeHost
                                                        : cudaMemoryTypeManaged;
    return kSuccess;
  });
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
  return api([&] { return copy_now(to, from, bytes, kind); });
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) { return copy_later(s, to, from, bytes, kind); });
}

cudaError_t cudaMemcpyPeer(void *to, int, const void *from, int, size_t bytes) {
  return cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice);
}

cudaError_t cudaMemcpyPeerAsync(void *to, int, const void *from, int, size_t bytes, cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height,
                         cudaMemcpyKind kind) {
  return api([&] {
    const int e = refuse_in_capture();
    return e ? e : copy_rows(stream_of(nullptr), to, to_pitch, from, from_pitch, width, height, kind);
  });
}

cudaError_t cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width,
                              size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  return on_stream(stream,
                   [&](Stream *s) { return copy_rows(s, to, to_pitch, from, from_pitch, width, height, kind); });
}

cudaError_t cudaMemset(void *to, int value, size_t bytes) {
  return api([&] {
    if (const int e = refuse_in_capture()) return e;
    return submit(stream_of(nullptr), Operation::Kind::Set, [=] { return set_bytes(to, value, bytes); });
  });
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    if (bytes && !DeviceMemory::instance().view(reinterpret_cast<u64>(to), bytes)) return kInvalidValue;
    return submit(s, Operation::Kind::Set, [=] { return set_bytes(to, value, bytes); });
  });
}

cudaError_t cudaGetSymbolAddress(void **p, const void *symbol) {
  return api([&] {
    *p = symbol_address(symbol, 0, 0);
    return *p ? kSuccess : kInvalidSymbol;
  });
}

cudaError_t cudaGetSymbolSize(size_t *bytes, const void *symbol) {
  return api([&] {
    const Symbol *s = find_variable(symbol);
    *bytes = s ? s->bytes : 0;
    return s ? kSuccess : kInvalidSymbol;
  });
}

cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *from, size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return api([&]() -> int {
    void *to = symbol_address(symbol, bytes, offset);
    return to ? copy_now(to, from, bytes, kind) : int{kInvalidSymbol};
  });
}

cudaError_t cudaMemcpyFromSymbol(void *to, const void *symbol, size_t bytes, size_t offset, cudaMemcpyKind kind) {
  return api([&]() -> int {
    const void *from = symbol_address(symbol, bytes, offset);
    return from ? copy_now(to, from, bytes, kind) : int{kInvalidSymbol};
  });
}

cudaError_t cudaMemcpyToSymbolAsync(const void *symbol, const void *from, size_t bytes, size_t offset,
                                    cudaMemcpyKind kind, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    void *to = symbol_address(symbol, bytes, offset);
    return to ? copy_later(s, to, from, bytes, kind) : int{kInvalidSymbol};
  });
}

cudaError_t cudaMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes, size_t offset, cudaMemcpyKind kind,
                                      cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    const void *from = symbol_address(symbol, bytes, offset);
    return from ? copy_later(s, to, from, bytes, kind) : int{kInvalidSymbol};
  });
}

cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
  return api([&] {
    *total = settings().memory;
    *available = *total - DeviceMemory::instance().in_use(current_device());
    return kSuccess;
  });
}

// One pool a device, and nothing to set: memory goes back at once.
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t *pool, int device) {
  return api([&] {
    if (device < 0 || device >= settings().devices) return kInvalidDevice;
    *pool = reinterpret_cast<cudaMemPool_t>(static_cast<u64>(device) + 1);
    return kSuccess;
  });
}

cudaError_t cudaDeviceGetMemPool(cudaMemPool_t *pool, int device) { return cudaDeviceGetDefaultMemPool(pool, device); }
cudaError_t cudaDeviceSetMemPool(int, cudaMemPool_t) { return cudaSuccess; }
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void *) { return cudaSuccess; }
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }

}  // extern "C"
