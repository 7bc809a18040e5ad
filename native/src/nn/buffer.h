// Memory that layers compute in.
#pragma once

#include <cstdint>
#include <memory>

namespace nero::nn {

/// Floats aligned to 64, zero at first; pages are taken when they are first written, huge ones for large buffers where
/// the system has them.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count);
  float *data() const { return static_cast<float *>(memory_.get()); }

 private:
  struct Free {
    uint64_t bytes = 0;
    void operator()(void *memory) const;
  };
  std::unique_ptr<void, Free> memory_;
};

}  // namespace nero::nn
