#include "isa/addressing.h"

#include <cstdio>
#include <cstring>

#include "ptx/decoder.h"

namespace ptxemu {

namespace {

std::string describe(const Range &r) {
  char text[96];
  std::snprintf(text, sizeof text, "%s of %u bytes at 0x%llx", r.write ? "store" : "load", r.bytes,
                static_cast<unsigned long long>(r.address));
  return text;
}

}  // namespace

void misaligned(const Range &r) { throw Fault(kMisalignedAddress, r.lane, "misaligned address: " + describe(r)); }

void outside(const Range &r, const char *what, u64 size) {
  throw Fault(kIllegalAddress, r.lane, describe(r) + " outside " + what + " of " + std::to_string(size) + " bytes");
}

void shared_race(const Range &r) {
  throw Fault(kLaunchFailure, r.lane,
              "race: " + describe(r) +
                  " in shared memory, and another warp's access to it since the last barrier, have no order");
}

Space space_of_address(const Exec &x, u64 address) {
  const u64 offset = address - x.block->launch.windows;
  if (offset >= kParamWindow + kWindowBytes) return Space::Global;
  return offset < kLocalWindow ? Space::Shared : offset < kParamWindow ? Space::Local : Space::Param;
}

u8 *shared_view(Exec &x, const Instruction &i, const Range &r, const u8 *stored) {
  Block &block = *x.block;
  if (r.address + r.bytes > block.shared_bytes || r.address > block.shared_bytes) {
    outside(r, "the block's shared memory", block.shared_bytes);
  }
  u8 *at = block.shared.data() + r.address;
  if (block.watch_races && !i.ordered) {
    const bool same = r.write && stored && std::memcmp(at, stored, r.bytes) == 0;
    const bool race = !r.write ? block.shadow.read(r.address, r.bytes, x.warp->index)
                               : !same && block.shadow.write(r.address, r.bytes, x.warp->index);
    if (race) shared_race(r);
  }
  return at;
}

u8 *local_view(Exec &x, const Range &r) {
  Warp &w = *x.warp;
  if (r.address + r.bytes > w.local_stride || r.address > w.local_stride) {
    outside(r, "the thread's local memory", w.local_stride);
  }
  return w.local.data() + static_cast<u64>(r.lane) * w.local_stride + r.address;
}

u8 *param_view(Exec &x, const Range &r) {
  if (r.address >= kFrameParameters) {
    const u64 offset = r.address - kFrameParameters;
    const u32 size = x.frame->function->frame_parameter_bytes;
    if (offset + r.bytes > size) outside(r, "the call's parameters", size);
    return x.frame->lane_parameters(r.lane) + offset;
  }
  // Parameters of the kernel are read alone.
  const std::vector<u8> &p = x.block->launch.parameters;
  if (r.write || r.address + r.bytes > p.size()) outside(r, "the kernel's parameters", p.size());
  return const_cast<u8 *>(p.data()) + r.address;
}

u8 *generic_view(Exec &x, const Instruction &i, const Range &r, const u8 *stored) {
  Range inner = r;
  inner.address -= x.block->launch.windows;
  switch (space_of_address(x, r.address)) {
    case Space::Shared:
      return shared_view(x, i, inner, stored);
    case Space::Local:
      inner.address -= kLocalWindow;
      return local_view(x, inner);
    case Space::Param:
      inner.address -= kParamWindow;
      return param_view(x, inner);
    default:
      return x.block->global(r.address, r.bytes, r.write, r.lane);
  }
}

}  // namespace ptxemu
