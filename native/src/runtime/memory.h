// Memory that the library gives out: 64-byte aligned, zeroed, on huge pages where the system offers them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

namespace nero {

class Memory {
 public:
  Memory() = default;
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  void *allocate(uint64_t bytes);
  /// Throws for an address that is not in use.
  void free(void *address);
  /// Throws for bytes that start in an allocated block and end behind it; memory of others is not known.
  void check(const char *name, const void *address, uint64_t bytes) const;

 private:
  mutable std::mutex guard_;
  std::map<void *, uint64_t> blocks_;
};

}  // namespace nero
