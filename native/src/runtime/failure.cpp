#include "runtime/failure.h"

#include <cstdarg>
#include <cstdio>

namespace nero {

std::string text(const char *format, ...) {
  char buffer[NERO_ERROR_MESSAGE_SIZE];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

void require_range(const char *name, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw Failure(NERO_ERROR_ARGUMENT, text("%s is %g, it must be within %g and %g", name, value, low, high));
}

void require_below(const char *name, double value, double low, double high) {
  if (value >= low && value < high) return;
  throw Failure(NERO_ERROR_ARGUMENT, text("%s is %g, it must be at least %g and below %g", name, value, low, high));
}

void require_one_of(const char *name, int32_t value, int32_t last) {
  if (value >= 0 && value <= last) return;
  throw Failure(NERO_ERROR_ARGUMENT, text("%s is %d, it must be one of 0 to %d", name, value, last));
}

void require_addressable(const char *name, const void *address, uint64_t bytes, int64_t parameter) {
  if (bytes <= UINT64_MAX - reinterpret_cast<uint64_t>(address)) return;
  throw Failure(
      NERO_ERROR_SIZE,
      text("%s: %llu bytes from address %p leave the address space", name, (unsigned long long)bytes, address),
      parameter);
}

void require_size(const char *name, uint32_t given, size_t known) {
  if (given == known) return;
  throw Failure(NERO_ERROR_STRUCT_SIZE, text("%s: struct_size is %u, this library knows %zu", name, given, known));
}

}  // namespace nero
