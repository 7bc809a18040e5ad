// Large blocks of memory straight from the system, on huge pages where it has them.
#pragma once

#include <cstdint>

namespace nero {

constexpr uint64_t kHugePage = uint64_t{2} << 20;

/// Up to a multiple.
inline uint64_t rounded(uint64_t bytes, uint64_t to) { return (bytes + to - 1) / to * to; }

/// Zeroed memory that starts on a huge page, or null. What the system cannot give is refused here and not at the first
/// write. A tail that fills no huge page takes small ones.
void *map_pages(uint64_t bytes);

/// Gives back what map_pages gave for as many bytes.
void unmap_pages(void *address, uint64_t bytes);

}  // namespace nero
