// From a lane's address to bytes of the emulator, with all the checks.
#pragma once

#include "isa/lanes.h"

namespace ptxemu {

struct Range {
  u64 address;
  u32 bytes;
  int lane;
  bool write;
};

[[noreturn]] void misaligned(const Range &r);
[[noreturn]] void outside(const Range &r, const char *what, u64 size);
[[noreturn]] void shared_race(const Range &r);

inline u64 lane_address(const Exec &x, const Instruction &i, int lane) {
  return read_register(x, i.a, i.wide_a, lane) + static_cast<u64>(i.offset);
}

u8 *shared_view(Exec &x, const Instruction &i, const Range &r, const u8 *stored);
u8 *local_view(Exec &x, const Range &r);
u8 *param_view(Exec &x, const Range &r);
/// A generic address, through whichever window holds it.
u8 *generic_view(Exec &x, const Instruction &i, const Range &r, const u8 *stored);

/// `stored`: for a store, the bytes that are to be written.
inline u8 *view(Exec &x, const Instruction &i, Space space, const Range &r, const u8 *stored = nullptr) {
  if (r.address & (r.bytes - 1)) misaligned(r);
  switch (space) {
    case Space::Global:
    case Space::Const:
      return x.block->global(r.address, r.bytes, r.write, r.lane);
    case Space::Shared:
      return shared_view(x, i, r, stored);
    case Space::Local:
      return local_view(x, r);
    case Space::Param:
      return param_view(x, r);
    default:
      return generic_view(x, i, r, stored);
  }
}

/// Adds to the block's counts what an access moved.
inline void count_access(Exec &x, Space space, u32 lanes, u32 bytes, bool write) {
  Counters &c = x.block->counters;
  const u64 n = static_cast<u64>(__builtin_popcount(lanes));
  if (space == Space::Global) {
    (write ? c.global_written_bytes : c.global_read_bytes) += n * bytes;
    if (bytes >= 16) (write ? c.global_written_vectors : c.global_read_vectors) += n;
  } else if (space == Space::Shared) {
    (write ? c.shared_written_bytes : c.shared_read_bytes) += n * bytes;
  } else if (space == Space::Local) {
    c.local_bytes += n * bytes;
  }
}

/// The space that a generic address is in.
Space space_of_address(const Exec &x, u64 address);

}  // namespace ptxemu
