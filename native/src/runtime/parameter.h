// What a caller says of a tensor, checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nero/nero.h"

namespace nero {

struct Parameter {
  nero_layout layout;
  bool unconstrained;
  int64_t neurons;
  int64_t fan_in;
  int64_t elements;
  double learning_rate_factor;
  double weight_decay_factor;
  double scale;
  float *weights;
  const float *gradients;  ///< null: absent
  std::string name;
};

/// Checks everything that can be checked of one parameter alone.
Parameter checked_parameter(const nero_parameter &description, int64_t index);

/// Checks a buffer of a parameter's size. what: "weights" or "gradients". Null is refused unless may_be_null.
void check_buffer(const char *what, const Parameter &parameter, int64_t index, const void *address, uint64_t bytes,
                  bool may_be_null);

/// Throws where the weights and the gradients of one parameter share bytes.
void check_apart(const Parameter &parameter, int64_t index, const float *weights, const float *gradients);

/// Some bytes of a parameter. Gradients may share bytes with gradients; nothing else with anything.
struct Extent {
  uint64_t begin;
  uint64_t end;
  bool gradients;
  const char *what;
  const char *name;  ///< the parameter's
  int64_t parameter;
};

void add_extent(std::vector<Extent> &extents, const char *what, const Parameter &parameter, int64_t index,
                const void *address, uint64_t bytes);

/// Sorts extents and throws for two that overlap.
void check_overlaps(std::vector<Extent> &extents);

}  // namespace nero
