// The one exception that this library throws on purpose.
#pragma once

#include <cstdint>
#include <cstring>
#include <exception>
#include <string>

#include "nero/nero.h"

namespace nero {

class Failure : public std::exception {
 public:
  Failure(nero_status status, std::string message, int64_t parameter = -1, int64_t neuron = -1)
      : status_(status), message_(std::move(message)), parameter_(parameter), neuron_(neuron) {}

  const char *what() const noexcept override { return message_.c_str(); }
  nero_status status() const noexcept { return status_; }
  int64_t parameter() const noexcept { return parameter_; }
  int64_t neuron() const noexcept { return neuron_; }

 private:
  nero_status status_;
  std::string message_;
  int64_t parameter_;
  int64_t neuron_;
};

/// printf's conventions.
std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// value must be within [low, high]; NaN is not.
void require_range(const char *name, double value, double low, double high);
/// value must be within [low, high).
void require_below(const char *name, double value, double low, double high);
/// value must be one of 0 .. last.
void require_one_of(const char *name, int32_t value, int32_t last);

/// An enum's value, which may be none of its constants when it comes from a caller: C++ lets it be looked at as bytes
/// only.
template <class Enum>
int32_t raw(const Enum &value) {
  int32_t given;
  static_assert(sizeof given == sizeof value, "enums of the contract are as wide as an int");
  std::memcpy(&given, &value, sizeof given);
  return given;
}

template <class Enum>
void require_enum(const char *name, const Enum &value, int32_t last) {
  require_one_of(name, raw(value), last);
}

/// Bytes must end before the address space does.
void require_addressable(const char *name, const void *address, uint64_t bytes, int64_t parameter = -1);

/// A struct's size must be the one that this library knows.
void require_size(const char *name, uint32_t given, size_t known);

}  // namespace nero
