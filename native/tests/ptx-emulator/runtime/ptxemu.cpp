#include "ptxemu.h"

#include <string>

#include "core/counters.h"

using namespace ptxemu;

extern "C" {

__attribute__((visibility("default"))) unsigned long long ptxemuCounter(const char *kernel, const char *counter) {
  u64 Counters::*field = Counters::named(counter);
  if (!field) return ~0ull;
  unsigned long long sum = 0;
  for (const auto &[name, c] : Report::instance().by_kernel()) {
    if (!kernel || name.find(kernel) != std::string::npos) sum += c.*field;
  }
  return sum;
}

__attribute__((visibility("default"))) unsigned long long ptxemuLaunches(const char *kernel) {
  return ptxemuCounter(kernel, "launches");
}

__attribute__((visibility("default"))) int ptxemuWriteReport(const char *path) {
  return Report::instance().write(path) ? 0 : 1;
}

__attribute__((visibility("default"))) void ptxemuResetReport(void) { Report::instance().reset(); }

}  // extern "C"
