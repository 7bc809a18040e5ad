#include <exception>

#include "core/settings.h"
#include "runtime/context.h"

namespace ptxemu {

namespace {

thread_local int last = kSuccess;
thread_local int device = 0;
int fault_code = kSuccess;
std::string &fault_text() {
  static auto *text = new std::string;
  return *text;
}

int attempted(const std::function<int()> &work) {
  int code;
  try {
    code = work();
  } catch (const std::exception &e) {
    std::fprintf(stderr, "ptxemu: %s\n", e.what());
    code = kLaunchFailure;
  }
  if (code != kSuccess && code != kNotReady) last = code;
  return code;
}

}  // namespace

std::recursive_mutex &api_mutex() {
  static auto *mutex = new std::recursive_mutex;
  return *mutex;
}

int guarded(const std::function<int()> &work) {
  const std::lock_guard lock(api_mutex());
  return attempted([&] { return fault_code != kSuccess ? fault_code : work(); });
}

int always(const std::function<int()> &work) {
  const std::lock_guard lock(api_mutex());
  return attempted(work);
}

int last_error(bool clear) {
  const std::lock_guard lock(api_mutex());
  const int code = last != kSuccess ? last : fault_code;
  if (clear) {
    last = kSuccess;
    if (!settings().sticky) fault_code = kSuccess;
  }
  return code;
}

int sticky_error() { return fault_code; }
std::string last_fault_text() { return fault_text(); }

void set_fault(const LaunchResult &r) {
  fault_code = r.code;
  fault_text() = r.text;
}

void clear_fault() {
  fault_code = kSuccess;
  last = kSuccess;
}

int current_device() { return device; }

int set_current_device(int to) {
  if (to < 0 || to >= settings().devices) return kInvalidDevice;
  device = to;
  return kSuccess;
}

}  // namespace ptxemu
