// Runs kernels written by hand, for tests that need no nvcc.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "../../check.h"
#include "core/device_memory.h"
#include "core/settings.h"
#include "ptx/decoder.h"
#include "sched/launch.h"

namespace ptxemu {

/// Device memory as a vector.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::vector<T> values) : count_(values.size()) {
    address_ = DeviceMemory::instance().allocate(count_ * sizeof(T), 0);
    std::memcpy(view(), values.data(), count_ * sizeof(T));
  }
  ~Buffer() { DeviceMemory::instance().release(address_); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  u64 address() const { return address_; }
  T *view() const { return reinterpret_cast<T *>(DeviceMemory::instance().view(address_, count_ * sizeof(T))); }
  T operator[](std::size_t i) const { return view()[i]; }

 private:
  std::size_t count_;
  u64 address_;
};

inline std::string module_text(const std::string &functions) {
  return ".version 9.0\n.target sm_90\n.address_size 64\n" + functions;
}

/// A kernel `k` of 64-bit parameters a and b, and registers of every kind: %r, %rd, %f, %fd, %h, %p; %rd1 and %rd2 hold
/// the parameters, %r1 the thread, %rd3 and %rd4 the thread's 4-byte elements.
inline std::string kernel_text(const std::string &body, const std::string &outside = "") {
  return module_text(outside + R"(
.visible .entry k(.param .u64 k_a, .param .u64 k_b)
{
  .reg .pred %p<8>; .reg .b16 %h<8>; .reg .b32 %r<24>; .reg .b64 %rd<24>; .reg .f32 %f<8>; .reg .f64 %fd<8>;
  ld.param.u64 %rd1, [k_a]; ld.param.u64 %rd2, [k_b];
  mov.u32 %r1, %tid.x; mul.wide.u32 %rd5, %r1, 4; add.s64 %rd3, %rd1, %rd5; add.s64 %rd4, %rd2, %rd5;
)" + body + "\n ret;\n}\n");
}

struct Shape {
  Dim3 grid, block;
  u32 shared = 0;
  bool cooperative = false;
};

inline LaunchResult run_kernel(const std::string &ptx, const Shape &shape, u64 a, u64 b) {
  settings().quiet = true;
  const auto module = load_module(ptx, 0);
  Launch l;
  l.function = module->functions.at("k").get();
  l.grid = shape.grid;
  l.block = shape.block;
  l.dynamic_shared = shape.shared;
  l.parameters.resize(16);
  std::memcpy(l.parameters.data(), &a, 8);
  std::memcpy(l.parameters.data() + 8, &b, 8);
  return run_launch(std::move(l), shape.cooperative);
}

inline bool mentions(const LaunchResult &r, const std::string &text) { return r.text.find(text) != std::string::npos; }

}  // namespace ptxemu
