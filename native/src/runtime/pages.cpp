#include "runtime/pages.h"

#include <sys/mman.h>

namespace nero {

namespace {

constexpr uint64_t kPage = uint64_t{64} << 10;  // a multiple of every system's

}  // namespace

/// Mapped with room to spare, then trimmed.
void *map_pages(uint64_t bytes) {
  const uint64_t size = rounded(bytes, kPage);
  void *raw = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<uint64_t>(raw);
  const uint64_t aligned = rounded(start, kHugePage);
  if (aligned > start) munmap(raw, aligned - start);
  const uint64_t behind = start + kHugePage - aligned;
  if (behind > 0) munmap(reinterpret_cast<void *>(aligned + size), behind);
  void *address = reinterpret_cast<void *>(aligned);
#if defined(MADV_HUGEPAGE)
  madvise(address, size, MADV_HUGEPAGE);
#endif
  return address;
}

void unmap_pages(void *address, uint64_t bytes) { munmap(address, rounded(bytes, kPage)); }

}  // namespace nero
