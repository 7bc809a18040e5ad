// Device memory: an address space of its own, which the host cannot touch, over buffers that the emulator can.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/types.h"

namespace ptxemu {

/// Windows of the generic address space, as offsets from its beginning.
constexpr u64 kSharedWindow = 0;
constexpr u64 kLocalWindow = u64{1} << 32;
constexpr u64 kParamWindow = u64{2} << 32;
constexpr u64 kWindowBytes = u64{1} << 32;

struct Region {
  enum class Kind : u8 { Device, Pinned, Managed };

  u64 begin = 0;
  u64 bytes = 0;
  u8 *host = nullptr;  ///< where its bytes are
  int device = 0;
  Kind kind = Kind::Device;

  u64 end() const { return begin + bytes; }
};

/// All regions by address, as they were at one moment.
using Regions = std::vector<Region>;

class DeviceMemory {
 public:
  static DeviceMemory &instance();

  /// Where the windows lie: no pointer of the host's does.
  u64 base() const { return base_; }
  /// Whether an address is of the device's space, allocated or not.
  bool reserves(u64 address) const { return address >= base_ && address < limit_; }

  /// Fresh memory reads as NaN. 0 when the device has no room left.
  u64 allocate(u64 bytes, int device);
  /// Memory of host and device at one address.
  void *allocate_host(u64 bytes, Region::Kind kind, int device);
  /// A region that the caller owns, as cudaHostRegister has it. False when it overlaps another.
  bool register_host(void *begin, u64 bytes, int device);
  bool release(u64 begin);

  /// The region that holds the address; bytes is 0 when none does.
  Region find(u64 address) const;
  /// The host's view of a range, null unless it lies in one region.
  u8 *view(u64 address, u64 bytes) const;
  std::shared_ptr<const Regions> snapshot() const;
  u64 in_use(int device) const;

 private:
  DeviceMemory();
  void add(const Region &r);

  mutable std::mutex mutex_;
  u64 base_ = 0;
  u64 next_ = 0;
  u64 limit_ = 0;
  std::map<u64, Region> regions_;
  std::map<u64, std::unique_ptr<u8[]>> buffers_;
  std::map<int, u64> in_use_;
  mutable std::shared_ptr<const Regions> snapshot_;
};

}  // namespace ptxemu
