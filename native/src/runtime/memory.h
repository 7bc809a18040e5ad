// Memory that the library gives out: 64-byte aligned, zeroed, on huge pages where the system offers them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace nero {

/// The blocks that are given out, on whatever device.
class Blocks {
 public:
  void add(void *address, uint64_t bytes);
  /// Forgets a block and gives its size; throws for an address that is not in use.
  uint64_t take(void *address);
  /// Throws for bytes that start in an allocated block and end behind it; memory of others is not known.
  void check(const char *name, const void *address, uint64_t bytes) const;
  /// What is still given out, for the owner's end.
  const std::map<void *, uint64_t> &all() const { return blocks_; }

 private:
  mutable std::mutex guard_;
  std::map<void *, uint64_t> blocks_;
};

class Memory {
 public:
  Memory() = default;
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  void *allocate(uint64_t bytes);
  /// Throws for an address that is not in use.
  void free(void *address);
  const Blocks &blocks() const { return blocks_; }

 private:
  Blocks blocks_;
};

}  // namespace nero
