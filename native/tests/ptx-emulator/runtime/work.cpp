// Copies, fills and launches: checked when asked for, done when their stream comes to it.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/settings.h"
#include "runtime/context.h"

namespace ptxemu {

namespace {

bool is_device(const Region &r) { return r.bytes != 0 && r.kind == Region::Kind::Device; }

int refuse(const char *what, const void *p, u64 bytes) {
  if (!settings().quiet) {
    std::fprintf(stderr, "ptxemu: %s: %llu bytes at %p\n", what, static_cast<unsigned long long>(bytes), p);
  }
  return kInvalidValue;
}

/// Whether an end of a copy may be what the kind says it is.
bool fits(const Region &r, bool device_wanted) { return device_wanted ? r.bytes != 0 : !is_device(r); }

}  // namespace

u8 *any_view(const void *p, u64 bytes) {
  const auto address = reinterpret_cast<u64>(p);
  const Region r = DeviceMemory::instance().find(address);
  if (!is_device(r)) return static_cast<u8 *>(const_cast<void *>(p));
  return address + bytes <= r.end() ? r.host + (address - r.begin) : nullptr;
}

int check_copy(const void *to, const void *from, u64 bytes, int kind) {
  if (bytes == 0) return kSuccess;
  if (kind < 0 || kind > 4) return kInvalidMemcpyDirection;
  const DeviceMemory &memory = DeviceMemory::instance();
  const Region t = memory.find(reinterpret_cast<u64>(to)), f = memory.find(reinterpret_cast<u64>(from));
  if (kind != 4) {
    if (!fits(t, kind == 1 || kind == 3)) return refuse("copy's kind does not match its destination", to, bytes);
    if (!fits(f, kind == 2 || kind == 3)) return refuse("copy's kind does not match its source", from, bytes);
  }
  if (t.bytes && !memory.view(reinterpret_cast<u64>(to), bytes))
    return refuse("copy beyond its destination", to, bytes);
  if (f.bytes && !memory.view(reinterpret_cast<u64>(from), bytes)) return refuse("copy beyond its source", from, bytes);
  // Addresses of the device's space that belong to nothing.
  for (const auto &[p, r] : {std::make_pair(to, &t), std::make_pair(from, &f)}) {
    if (!r->bytes && memory.reserves(reinterpret_cast<u64>(p))) return refuse("copy of freed or no memory", p, bytes);
  }
  return kSuccess;
}

int copy_bytes(void *to, const void *from, u64 bytes, int kind) {
  if (const int e = check_copy(to, from, bytes, kind)) return e;
  if (bytes) std::memmove(any_view(to, bytes), any_view(from, bytes), bytes);
  return kSuccess;
}

int set_bytes(void *to, int value, u64 bytes) {
  if (bytes == 0) return kSuccess;
  u8 *at = DeviceMemory::instance().view(reinterpret_cast<u64>(to), bytes);
  if (!at) return refuse("fill outside device memory", to, bytes);
  std::memset(at, value, bytes);
  return kSuccess;
}

std::vector<u8> packed_arguments(const Function &f, void **args) {
  std::vector<u8> packed(f.parameter_bytes);
  for (std::size_t i = 0; i < f.parameters.size(); i++) {
    std::memcpy(packed.data() + f.parameters[i].offset, args[i], f.parameters[i].bytes);
  }
  return packed;
}

int launch_on(Stream *s, KernelCall call) {
  if (const int e = check_launch(*call.function, call.grid, call.block, call.shared)) return e;
  return submit(s, Operation::Kind::Kernel, [call = std::move(call)] {
    Launch l;
    l.function = call.function;
    l.grid = call.grid;
    l.block = call.block;
    l.dynamic_shared = static_cast<u32>(call.shared);
    l.parameters = call.parameters;
    u64 workspace = 0;
    if (call.cooperative) {
      workspace = DeviceMemory::instance().allocate(256, current_device());
      set_bytes(reinterpret_cast<void *>(workspace), 0, 256);
      l.workspace = workspace;
    }
    const LaunchResult r = run_launch(std::move(l), call.cooperative);
    if (workspace) DeviceMemory::instance().release(workspace);
    if (r.code != kSuccess) set_fault(r);
    return r.code;
  });
}

int device_attribute(int attribute, int) {
  const int capability = settings().capability;
  switch (attribute) {
    case 1:
      return 1024;  // threads a block
    case 2:
    case 3:
      return 1024;  // block x, y
    case 4:
      return 64;  // block z
    case 5:
      return 0x7fffffff;  // grid x
    case 6:
    case 7:
      return 65535;  // grid y, z
    case 8:
      return 49152;  // shared memory a block
    case 9:
      return 65536;  // constant memory
    case 10:
      return kLanes;  // warp
    case 11:
      return 0x7fffffff;  // pitch
    case 12:
      return 65536;  // registers a block
    case 13:
      return 1000000;  // clock, kHz
    case 14:
      return 512;  // texture alignment
    case 16:
      return 2;  // multiprocessors
    case 31:
      return 1;  // concurrent kernels
    case 36:
      return 1000000;  // memory clock, kHz
    case 37:
      return 128;  // bus width
    case 38:
      return 4 << 20;  // L2
    case 39:
      return 2048;  // threads a multiprocessor
    case 40:
      return 1;  // async engines
    case 41:
      return 1;  // unified addressing
    case 75:
      return capability / 10;
    case 76:
      return capability % 10;
    case 81:
      return 102400;  // shared memory a multiprocessor
    case 82:
      return 65536;  // registers a multiprocessor
    case 83:
      return 1;  // managed memory
    case 95:
      return 1;  // cooperative launch
    case 97:
      return 101376;  // shared memory a block, by opting in
    case 106:
      return 32;  // blocks a multiprocessor
    case 111:
      return 1024;  // shared memory the system keeps
    case 115:
      return 1;  // memory pools
    default:
      return 0;
  }
}

}  // namespace ptxemu
