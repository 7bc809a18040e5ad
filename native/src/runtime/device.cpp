#include "runtime/device.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "runtime/failure.h"

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

namespace nero {

namespace {

/// Processors' worth of time that a container's quota allows, rounded up; INT_MAX where there is none.
int quota_processors() {
  double quota = 0;
  double period = 0;
  std::ifstream both("/sys/fs/cgroup/cpu.max");
  if (!(both >> quota >> period)) {  // "max" is no number: no quota
    quota = period = 0;
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota;
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period;
  }
  if (!(quota > 0 && period > 0 && quota / period < 1e6)) return INT_MAX;
  return static_cast<int>(std::ceil(quota / period));
}

int usable_processors() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
  return std::max(1, std::min(count, quota_processors()));
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, 10, "model name") != 0) continue;
    const size_t colon = line.find(':');
    if (colon != std::string::npos && colon + 2 < line.size()) return line.substr(colon + 2);
  }
  return "CPU";
}

}  // namespace

CpuDescription describe_cpu() {
  uint64_t memory = 0;
#if defined(__linux__)
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0) memory = static_cast<uint64_t>(pages) * static_cast<uint64_t>(page);
#endif
  return {processor_name(), usable_processors(), memory};
}

int default_threads() {
  const char *wanted = std::getenv("NERO_NUM_THREADS");
  if (wanted == nullptr || *wanted == 0) return usable_processors();
  char *end = nullptr;
  const long threads = std::strtol(wanted, &end, 10);
  if (*end != 0 || threads < 1 || threads > 1024) {
    throw Failure(NERO_ERROR_ARGUMENT, text("NERO_NUM_THREADS is '%s', it must be a number of 1 to 1024", wanted));
  }
  return static_cast<int>(threads);
}

}  // namespace nero
