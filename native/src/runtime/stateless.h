// One step of one parameter whose state lies in the caller's buffers.
#pragma once

#include <vector>

#include "runtime/algorithm.h"
#include "runtime/context.h"
#include "runtime/parameter.h"

namespace nero {

/// A parameter checked by itself, under a constraint unless it is free of it.
Slot checked_slot(const nero_parameter &description, nero_constraint constraint);

class StatelessStep {
 public:
  /// Checks parameter and terms. algorithm and terms are used until the step has run.
  StatelessStep(Context &context, const Algorithm &algorithm, const nero_parameter &parameter,
                const nero_step_terms &terms);

  StatelessStep(const StatelessStep &) = delete;
  StatelessStep &operator=(const StatelessStep &) = delete;

  Slot &slot() { return slot_; }
  /// Refuses a scale of 0 of a parameter that has weights. what: "bound", ...
  void require_scale(const char *what) const;

  /// Gives place, one of the slot's, a buffer of the caller's.
  void elements(const char *name, float *&place, float *buffer);
  void neurons(const char *name, double *&place, double *buffer);
  /// A number that is only written; NULL is legal.
  void result(const char *name, double *buffer);

  /// Checks the buffers, steps, and fills the report unless it is null; false if nothing moved.
  bool run(nero_step_report *report);

 private:
  void add(const char *name, const void *buffer, int64_t count, uint64_t size);
  void require_reachable(const char *name, const void *buffer, uint64_t bytes) const;
  bool run_on_device(nero_step_report *report);

  Context &context_;
  const Algorithm &algorithm_;
  const nero_step_terms &terms_;
  Slot slot_;
  std::vector<Extent> extents_;
};

}  // namespace nero
