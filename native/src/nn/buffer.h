// Memory that layers compute in.
#pragma once

#include <cstdint>
#include <memory>

namespace nero::nn {

/// A number of the caller's memory, which another thread may be writing to: read once, so that the number checked is
/// the one that is used.
template <class Number>
Number read_once(const Number &shared) {
  Number seen;
  __atomic_load(&shared, &seen, __ATOMIC_RELAXED);
  return seen;
}

/// Floats aligned to 64, zero at first; pages are taken when they are first written, huge ones for large buffers where
/// the system has them.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count);
  float *data() const { return static_cast<float *>(memory_.get()); }

 private:
  struct Free {
    Free() : bytes(0) {}
    explicit Free(uint64_t size) : bytes(size) {}
    void operator()(void *memory) const;
    uint64_t bytes;
  };
  std::unique_ptr<void, Free> memory_;
};

}  // namespace nero::nn
