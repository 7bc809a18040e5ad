#include "nn/buffer.h"

#include <cstdlib>
#include <cstring>

#include "runtime/failure.h"
#include "runtime/pages.h"

namespace nero::nn {

namespace {

bool is_large(uint64_t bytes) { return bytes >= kHugePage; }

}  // namespace

Buffer::Buffer(int64_t count) {
  constexpr uint64_t kAlignment = 64;
  const uint64_t bytes = static_cast<uint64_t>(count) * sizeof(float) / kAlignment * kAlignment + kAlignment;
  void *memory = is_large(bytes) ? map_pages(bytes) : std::aligned_alloc(kAlignment, bytes);
  if (memory == nullptr) {
    throw Failure(NERO_ERROR_OUT_OF_MEMORY,
                  text("no %llu bytes of memory to be had for a layer", (unsigned long long)bytes));
  }
  if (!is_large(bytes)) std::memset(memory, 0, bytes);
  memory_ = std::unique_ptr<void, Free>(memory, Free(bytes));
}

void Buffer::Free::operator()(void *memory) const {
  if (is_large(bytes)) {
    unmap_pages(memory, bytes);
  } else {
    std::free(memory);
  }
}

}  // namespace nero::nn
