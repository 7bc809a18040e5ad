// What nvcc packs into an object: the PTX in it, compressed or not.
#pragma once

#include <string>

#include "core/types.h"

namespace ptxemu {

struct EmbeddedPtx {
  std::string text;
  u32 architecture = 0;  ///< of the PTX chosen: the highest that is there and not above the device's
  std::string problem;   ///< why there is no text
};

/// Reads the fat binaries at the address. Entries above `capability` (90 for 9.0) are left alone, as a driver does.
EmbeddedPtx find_ptx(const u8 *fat_binary, u32 capability);

/// LZ4's block format. False when the data is damaged.
bool expand_lz4(const u8 *from, u64 bytes, u64 expanded, std::string *to);

}  // namespace ptxemu
