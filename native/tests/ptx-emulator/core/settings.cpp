#include "core/settings.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace ptxemu {

namespace {

u64 number(const char *name, u64 otherwise) {
  const char *value = std::getenv(name);
  return value && *value ? std::strtoull(value, nullptr, 0) : otherwise;
}

Settings from_environment() {
  Settings s;
  s.seed = static_cast<u32>(number("PTXEMU_SEED", 0));
  s.quantum = number("PTXEMU_QUANTUM", s.seed ? 200 : 20000);
  s.instruction_limit = number("PTXEMU_MAXINST", 2'000'000'000);
  s.threads =
      static_cast<int>(number("PTXEMU_THREADS", std::min(8u, std::max(1u, std::thread::hardware_concurrency()))));
  s.devices = static_cast<int>(number("PTXEMU_DEVICES", 1));
  s.capability = static_cast<int>(number("PTXEMU_CC", 120));
  s.memory = number("PTXEMU_MEMORY", u64{8} << 30);
  s.concurrent = number("PTXEMU_CONCURRENT", 0) != 0;
  s.races = number("PTXEMU_RACES", 1) != 0;
  s.sticky = number("PTXEMU_STICKY", 1) != 0;
  s.deferred = number("PTXEMU_DEFERRED", 0) != 0;
  s.trace = number("PTXEMU_TRACE", 0) != 0;
  s.quiet = number("PTXEMU_QUIET", 0) != 0;
  if (const char *report = std::getenv("PTXEMU_REPORT")) s.report = report;
  return s;
}

}  // namespace

Settings &settings() {
  // Never destroyed: the report at exit asks for it.
  static auto *s = new Settings(from_environment());
  return *s;
}

}  // namespace ptxemu
