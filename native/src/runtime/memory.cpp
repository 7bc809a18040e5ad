#include "runtime/memory.h"

#include <cstdlib>
#include <cstring>

#include "runtime/failure.h"
#include "runtime/pages.h"

namespace nero {

namespace {

bool is_large(uint64_t bytes) { return bytes >= kHugePage; }

void release(void *address, uint64_t bytes) {
  if (is_large(bytes)) {
    unmap_pages(address, rounded(bytes, kHugePage));
  } else {
    std::free(address);
  }
}

}  // namespace

void Blocks::add(void *address, uint64_t bytes) {
  std::lock_guard<std::mutex> lock(guard_);
  blocks_[address] = bytes;
}

uint64_t Blocks::take(void *address) {
  std::lock_guard<std::mutex> lock(guard_);
  const auto block = blocks_.find(address);
  if (block == blocks_.end()) {
    throw Failure(NERO_ERROR_DEVICE,
                  text("address %p was not allocated by this context, or is freed already", address));
  }
  const uint64_t bytes = block->second;
  blocks_.erase(block);
  return bytes;
}

void Blocks::check(const char *name, const void *address, uint64_t bytes) const {
  std::lock_guard<std::mutex> lock(guard_);
  auto block = blocks_.upper_bound(const_cast<void *>(address));
  if (block == blocks_.begin()) return;
  --block;
  const auto offset = reinterpret_cast<uint64_t>(address) - reinterpret_cast<uint64_t>(block->first);
  if (offset >= block->second || bytes <= block->second - offset) return;
  throw Failure(NERO_ERROR_SIZE, text("%s: %llu bytes, the memory allocated has %llu from there on", name,
                                      (unsigned long long)bytes, (unsigned long long)(block->second - offset)));
}

Memory::~Memory() {
  for (const auto &block : blocks_.all()) release(block.first, block.second);
}

void *Memory::allocate(uint64_t bytes) {
  const uint64_t most = uint64_t{1} << 47;
  void *address = nullptr;
  if (bytes < most) {
    if (is_large(bytes)) {
      address = map_pages(rounded(bytes, kHugePage));
    } else {
      const uint64_t size = bytes == 0 ? 64 : rounded(bytes, 64);
      address = std::aligned_alloc(64, size);
      if (address != nullptr) std::memset(address, 0, size);
    }
  }
  if (address == nullptr) {
    throw Failure(NERO_ERROR_OUT_OF_MEMORY, text("no %llu bytes of memory to be had", (unsigned long long)bytes));
  }
  try {
    blocks_.add(address, bytes);
  } catch (...) {
    release(address, bytes);
    throw;
  }
  return address;
}

void Memory::free(void *address) { release(address, blocks_.take(address)); }

}  // namespace nero
