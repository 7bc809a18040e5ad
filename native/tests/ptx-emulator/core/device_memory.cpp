#include "core/device_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "core/settings.h"

namespace ptxemu {

namespace {

// Addresses are never used twice, so that memory which was freed is never mistaken for what came after it.
// As much as can be had, then: some sanitizers leave little room.
constexpr u64 kReserved[] = {u64{1} << 40, u64{1} << 38, u64{1} << 36, u64{1} << 35};
constexpr u64 kGap = 512;
constexpr std::size_t kHostAlignment = 256;

}  // namespace

DeviceMemory &DeviceMemory::instance() {
  // Never destroyed: a library's own destructors may free memory after main.
  static auto *memory = new DeviceMemory;
  return *memory;
}

DeviceMemory::DeviceMemory() {
  for (const u64 bytes : kReserved) {
    void *p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    base_ = round_up(reinterpret_cast<u64>(p), kGap);
    next_ = base_ + kParamWindow + kWindowBytes;
    limit_ = reinterpret_cast<u64>(p) + bytes;
    return;
  }
  throw std::runtime_error("ptxemu: cannot reserve an address space for device memory");
}

void DeviceMemory::add(const Region &r) {
  regions_[r.begin] = r;
  in_use_[r.device] += r.bytes;
  snapshot_.reset();
}

u64 DeviceMemory::allocate(u64 bytes, int device) {
  const std::lock_guard lock(mutex_);
  if (bytes == 0 || bytes > settings().memory || in_use_[device] + bytes > settings().memory) return 0;
  const u64 room = round_up(bytes, kGap) + kGap;
  if (next_ + room > limit_) return 0;
  // Aligned as the device address is, so that the views may be used for vector accesses and atomics.
  auto buffer = std::unique_ptr<u8[]>(new (std::nothrow) u8[bytes + kHostAlignment]);
  if (!buffer) return 0;
  Region r;
  r.begin = next_;
  r.bytes = bytes;
  r.host = reinterpret_cast<u8 *>(round_up(reinterpret_cast<u64>(buffer.get()), kHostAlignment));
  r.device = device;
  std::memset(r.host, 0xff, bytes);
  next_ += room;
  buffers_[r.begin] = std::move(buffer);
  add(r);
  return r.begin;
}

void *DeviceMemory::allocate_host(u64 bytes, Region::Kind kind, int device) {
  if (bytes == 0) return nullptr;
  auto buffer = std::unique_ptr<u8[]>(new (std::nothrow) u8[bytes + kHostAlignment]);
  if (!buffer) return nullptr;
  u8 *host = reinterpret_cast<u8 *>(round_up(reinterpret_cast<u64>(buffer.get()), kHostAlignment));
  std::memset(host, 0xff, bytes);
  Region r;
  r.begin = reinterpret_cast<u64>(host);
  r.bytes = bytes;
  r.host = host;
  r.device = device;
  r.kind = kind;
  const std::lock_guard lock(mutex_);
  buffers_[r.begin] = std::move(buffer);
  add(r);
  return host;
}

bool DeviceMemory::register_host(void *begin, u64 bytes, int device) {
  Region r;
  r.begin = reinterpret_cast<u64>(begin);
  r.bytes = bytes;
  r.host = static_cast<u8 *>(begin);
  r.device = device;
  r.kind = Region::Kind::Pinned;
  const std::lock_guard lock(mutex_);
  auto after = regions_.lower_bound(r.begin);
  if (after != regions_.end() && after->first < r.end()) return false;
  if (after != regions_.begin() && std::prev(after)->second.end() > r.begin) return false;
  add(r);
  return true;
}

bool DeviceMemory::release(u64 begin) {
  const std::lock_guard lock(mutex_);
  const auto it = regions_.find(begin);
  if (it == regions_.end()) return false;
  in_use_[it->second.device] -= it->second.bytes;
  regions_.erase(it);
  buffers_.erase(begin);
  snapshot_.reset();
  return true;
}

Region DeviceMemory::find(u64 address) const {
  const std::lock_guard lock(mutex_);
  auto it = regions_.upper_bound(address);
  if (it == regions_.begin()) return {};
  --it;
  return address < it->second.end() ? it->second : Region{};
}

u8 *DeviceMemory::view(u64 address, u64 bytes) const {
  const Region r = find(address);
  return r.bytes && address + bytes <= r.end() ? r.host + (address - r.begin) : nullptr;
}

std::shared_ptr<const Regions> DeviceMemory::snapshot() const {
  const std::lock_guard lock(mutex_);
  if (!snapshot_) {
    auto regions = std::make_shared<Regions>();
    regions->reserve(regions_.size());
    for (const auto &[begin, r] : regions_) regions->push_back(r);
    snapshot_ = std::move(regions);
  }
  return snapshot_;
}

u64 DeviceMemory::in_use(int device) const {
  const std::lock_guard lock(mutex_);
  const auto it = in_use_.find(device);
  return it == in_use_.end() ? 0 : it->second;
}

}  // namespace ptxemu
