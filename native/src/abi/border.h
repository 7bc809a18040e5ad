// The border: exceptions become statuses, pointers and structs become references or errors.
#pragma once

#include <algorithm>
#include <cstring>
#include <new>

#include "nero/nero.h"
#include "runtime/failure.h"

namespace nero {

inline nero_status report(nero_error *error, nero_status status, const char *message, int64_t parameter = -1,
                          int64_t neuron = -1) {
  if (error == nullptr || error->struct_size != sizeof *error) return status;
  error->status = status;
  error->parameter = parameter;
  error->neuron = neuron;
  std::strncpy(error->message, message, sizeof error->message - 1);
  error->message[sizeof error->message - 1] = 0;
  return status;
}

template <class Body>
nero_status guarded(nero_error *error, const Body &body) noexcept {
  try {
    body();
    return NERO_OK;
  } catch (const Failure &failure) {
    return report(error, failure.status(), failure.what(), failure.parameter(), failure.neuron());
  } catch (const std::bad_alloc &) {
    return report(error, NERO_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &other) {
    return report(error, NERO_ERROR_INTERNAL, other.what());
  } catch (...) {
    return report(error, NERO_ERROR_INTERNAL, "unknown exception");
  }
}

/// A pointer that must not be NULL.
template <class T>
T &required(T *pointer, const char *name) {
  if (pointer == nullptr) throw Failure(NERO_ERROR_NULL, text("%s is NULL", name));
  return *pointer;
}

/// A struct that must not be NULL and must have the size that this library knows.
template <class T>
T &known(T *pointer, const char *name) {
  require_size(name, required(pointer, name).struct_size, sizeof(T));
  return *pointer;
}

template <size_t size>
void copy_text(char (&to)[size], const char *from) {
  std::strncpy(to, from, size - 1);
  to[size - 1] = 0;
}

/// Numbers given as pointers and sizes of Java arrays or other memory: NULL needs a size of 0.
inline void require_bytes(const void *address, uint64_t bytes, const char *name) {
  if (bytes > 0) required(static_cast<const char *>(address), name);
}

}  // namespace nero
