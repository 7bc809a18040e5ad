#include "runtime/entry.h"

#include "runtime/failure.h"

namespace nero {

Entry::Entry(std::atomic<bool> &busy, const char *what) : busy_(busy) {
  if (busy_.exchange(true, std::memory_order_acquire)) {
    throw Failure(NERO_ERROR_BUSY, text("another thread is using this %s", what));
  }
}

Entry::~Entry() { busy_.store(false, std::memory_order_release); }

}  // namespace nero
