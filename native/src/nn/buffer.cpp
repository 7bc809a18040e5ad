#include "nn/buffer.h"

#include <cstdlib>

#include "runtime/failure.h"

namespace nero::nn {

Buffer::Buffer(int64_t count) {
  constexpr size_t kAlignment = 64;
  const size_t elements = static_cast<size_t>(count) + kAlignment / sizeof(float);
  memory_.reset(std::calloc(elements, sizeof(float)));
  if (memory_ == nullptr) {
    throw Failure(NERO_ERROR_OUT_OF_MEMORY,
                  text("no %zu bytes of memory to be had for a layer", elements * sizeof(float)));
  }
  const auto address = reinterpret_cast<uintptr_t>(memory_.get());
  data_ = reinterpret_cast<float *>((address + kAlignment - 1) / kAlignment * kAlignment);
}

void Buffer::Free::operator()(void *memory) const { std::free(memory); }

}  // namespace nero::nn
