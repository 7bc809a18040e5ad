// One thread at a time.
#pragma once

#include <atomic>

namespace nero {

/// Holds an object for one call; a second thread is refused, not made to wait.
class Entry {
 public:
  Entry(std::atomic<bool> &busy, const char *what);
  ~Entry();
  Entry(const Entry &) = delete;
  Entry &operator=(const Entry &) = delete;

 private:
  std::atomic<bool> &busy_;
};

}  // namespace nero
