#include "runtime/parameter.h"

#include <algorithm>
#include <cstring>

#include "runtime/failure.h"

namespace nero {

namespace {

/// The name serves messages alone: one that left no room for their numbers would serve nobody.
std::string shortened(const char *name) {
  constexpr size_t kMost = 120;
  std::string all(name, strnlen(name, kMost + 1));
  if (all.size() <= kMost) return all;
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(all[end]) & 0xc0) == 0x80) end--;  // no half of a UTF-8 character
  return all.substr(0, end) + "...";
}

}  // namespace

Parameter checked_parameter(const nero_parameter &d, int64_t index) {
  const auto refuse = [&](nero_status status, const std::string &message) { throw Failure(status, message, index); };
  // Nothing else is read of a struct whose size is not known, its name least of all.
  if (d.struct_size != sizeof d) {
    refuse(NERO_ERROR_STRUCT_SIZE, text("nero_parameter %lld: struct_size is %u, this library knows %zu",
                                        (long long)index, d.struct_size, sizeof d));
  }
  Parameter p;
  p.name = d.name != nullptr ? shortened(d.name) : text("parameter %lld", (long long)index);
  const char *name = p.name.c_str();
  if (raw(d.dtype) != NERO_F32) {
    refuse(NERO_ERROR_DTYPE,
           text("parameter '%s': dtype is %d, only %d (f32) is stepped", name, raw(d.dtype), NERO_F32));
  }
  if (raw(d.layout) < NERO_VECTOR || raw(d.layout) > NERO_COLUMNS) {
    refuse(NERO_ERROR_ARGUMENT, text("parameter '%s': layout is %d, it must be one of 0 to 2", name, raw(d.layout)));
  }
  if (d.neurons < 0 || d.fan_in < 0 || (d.layout == NERO_VECTOR && d.fan_in != 1)) {
    refuse(NERO_ERROR_SIZE,
           text("parameter '%s': shape %lld x %lld is not one of a %s", name, (long long)d.neurons, (long long)d.fan_in,
                d.layout == NERO_VECTOR ? "vector, whose fan-in is 1" : "matrix"));
  }
  // Room for every product of bytes; also where there are neurons without weights, which have state.
  const int64_t most = INT64_MAX / 16;
  if (d.neurons > most / std::max<int64_t>(1, d.fan_in)) {
    refuse(NERO_ERROR_SIZE, text("parameter '%s': %lld x %lld elements are more than %lld", name, (long long)d.neurons,
                                 (long long)d.fan_in, (long long)most));
  }
  const auto factor = [&](const char *what, double value) {
    if (value >= 0 && value <= NERO_MAX_LEARNING_RATE) return;
    refuse(NERO_ERROR_ARGUMENT,
           text("parameter '%s': %s is %g, it must be within 0 and %d", name, what, value, NERO_MAX_LEARNING_RATE));
  };
  factor("learning_rate_factor", d.learning_rate_factor);
  factor("weight_decay_factor", d.weight_decay_factor);
  if (!(d.scale >= 0 && d.scale <= 1e300)) {
    refuse(NERO_ERROR_ARGUMENT, text("parameter '%s': scale is %g, it must be finite and 0 or more", name, d.scale));
  }
  p.layout = d.layout;
  p.unconstrained = d.unconstrained != 0;
  p.neurons = d.neurons;
  p.fan_in = d.fan_in;
  p.elements = d.neurons * d.fan_in;
  p.learning_rate_factor = d.learning_rate_factor;
  p.weight_decay_factor = d.weight_decay_factor;
  p.scale = d.scale;
  check_buffer("weights", p, index, d.weights, d.weights_bytes, false);
  check_buffer("gradients", p, index, d.gradients, d.gradients_bytes, true);
  p.weights = d.weights;
  p.gradients = d.gradients;
  return p;
}

void check_buffer(const char *what, const Parameter &p, int64_t index, const void *address, uint64_t bytes,
                  bool may_be_null) {
  const uint64_t needed = static_cast<uint64_t>(p.elements) * 4;
  if (address == nullptr) {
    if (may_be_null || needed == 0) return;
    throw Failure(NERO_ERROR_NULL,
                  text("%s '%s': NULL, %lld elements of f32 need %llu bytes", what, p.name.c_str(),
                       (long long)p.elements, (unsigned long long)needed),
                  index);
  }
  if (bytes != needed) {
    throw Failure(NERO_ERROR_SIZE,
                  text("%s '%s': %lld elements of f32 need %llu bytes, the segment has %llu", what, p.name.c_str(),
                       (long long)p.elements, (unsigned long long)needed, (unsigned long long)bytes),
                  index);
  }
  const auto remainder = static_cast<unsigned>(reinterpret_cast<uint64_t>(address) % 4);
  if (remainder != 0) {
    throw Failure(NERO_ERROR_ALIGNMENT,
                  text("%s '%s': address %p is %u past a multiple of 4", what, p.name.c_str(), address, remainder),
                  index);
  }
}

void check_apart(const Parameter &p, int64_t index, const float *weights, const float *gradients) {
  const auto a = reinterpret_cast<uint64_t>(weights);
  const auto b = reinterpret_cast<uint64_t>(gradients);
  const auto bytes = static_cast<uint64_t>(p.elements) * 4;
  const uint64_t distance = a < b ? b - a : a - b;
  if (weights == nullptr || gradients == nullptr || distance >= bytes) return;
  throw Failure(
      NERO_ERROR_OVERLAP,
      text("weights and gradients of '%s' share %llu bytes", p.name.c_str(), (unsigned long long)(bytes - distance)),
      index);
}

void add_extent(std::vector<Extent> &extents, const char *what, const Parameter &parameter, int64_t index,
                const void *address, uint64_t bytes) {
  if (address == nullptr || bytes == 0) return;
  const auto begin = reinterpret_cast<uint64_t>(address);
  require_addressable(what, address, bytes, index);
  extents.push_back({begin, begin + bytes, what[0] == 'g', what, parameter.name.c_str(), index});
}

void check_overlaps(std::vector<Extent> &extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent &a, const Extent &b) { return a.begin < b.begin; });
  const Extent *furthest = nullptr;        // of all so far
  const Extent *furthest_owned = nullptr;  // of all so far but gradients
  for (const Extent &e : extents) {
    const Extent *other = e.gradients ? furthest_owned : furthest;
    if (other != nullptr && other->end > e.begin) {
      throw Failure(NERO_ERROR_OVERLAP,
                    text("%s '%s' and %s '%s' share %llu bytes", e.what, e.name, other->what, other->name,
                         (unsigned long long)(std::min(e.end, other->end) - e.begin)),
                    e.parameter);
    }
    if (furthest == nullptr || e.end > furthest->end) furthest = &e;
    if (!e.gradients && (furthest_owned == nullptr || e.end > furthest_owned->end)) furthest_owned = &e;
  }
}

}  // namespace nero
