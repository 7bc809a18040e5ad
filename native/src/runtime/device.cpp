#include "runtime/device.h"

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

int usable_processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(count);
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

const char *cuda_absence() { return "none: this build of nero4j has no CUDA backend"; }

}  // namespace nero
