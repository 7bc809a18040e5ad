// Memory that layers compute in.
#pragma once

#include <cstdint>
#include <memory>

namespace nero::nn {

/// Floats aligned to 64, zero at first; pages are taken when they are first written.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count);
  float *data() const { return data_; }

 private:
  struct Free {
    void operator()(void *memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  float *data_ = nullptr;
};

}  // namespace nero::nn
