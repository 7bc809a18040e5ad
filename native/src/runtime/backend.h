// What a context's device does: the seam between the runtime and the processors.
#pragma once

#include <memory>
#include <vector>

#include "nero/nero.h"
#include "runtime/algorithm.h"
#include "runtime/event.h"
#include "runtime/terms.h"

namespace nero {

/// A step recorded once, to be queued again as a whole.
class Recording {
 public:
  virtual ~Recording() = default;
  /// Queues the step with these terms.
  virtual void replay(const Terms &terms) = 0;
};

/// Where the numbers of a slot lie in the device's memory; not to be read through on the host.
struct ResidentNumbers {
  int64_t *step;
  double *scale;
  double *trust_ratio;
};

/// An optimiser's table in a device's memory: it steps and counts without the host. Work is queued; report alone waits.
class Resident {
 public:
  virtual ~Resident() = default;
  virtual void step(const Terms &terms) = 0;
  virtual std::unique_ptr<Recording> record() = 0;
  /// Of the last step; waits for it. struct_size is left alone.
  virtual void report(nero_step_report &report) = 0;
  /// The slots' addresses or exempt neurons have changed, or a step count was written.
  virtual void refresh() = 0;
  virtual ResidentNumbers numbers(size_t slot) = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual nero_device_kind kind() const = 0;

  // Memory. Addresses and sizes have been checked as far as any backend can.
  virtual void *allocate(uint64_t bytes) = 0;
  virtual void free(void *address) = 0;
  /// Host memory that copies from and to the device need not stage.
  virtual void *allocate_host(uint64_t bytes) = 0;
  virtual void free_host(void *address) = 0;
  /// Throws for bytes that start in an allocated block and end behind it; memory of others is not known.
  virtual void check(const char *name, const void *address, uint64_t bytes) const = 0;
  /// Throws NERO_ERROR_DEVICE where the device cannot work on this memory.
  virtual void require_reachable(const char *what, const char *name, int64_t parameter, const void *address) const = 0;
  /// Queued; done before the call returns if wait.
  virtual void copy(void *to, const void *from, uint64_t bytes, nero_copy_direction direction, bool wait) = 0;
  virtual void fill(float *address, uint64_t count, float value) = 0;
  virtual void synchronize() = 0;

  // Order. The backend outlives its events.
  virtual std::unique_ptr<Event> event() = 0;
  /// What is queued from now on begins behind an event, which may be another backend's.
  virtual void wait_for(Event &event) = 0;
  /// The same behind all that a stream of the caller's has been given.
  virtual void wait_for_stream(void *stream) = 0;

  // What is done to weights when an optimiser is made.
  /// The first neuron that the slot's constraint cannot hold, or -1; flags, if not null, gets 1 for each such.
  virtual int64_t first_degenerate(const Slot &slot, uint8_t *flags) = 0;
  virtual void project(const Slot &slot, double epsilon) = 0;
  virtual Norms measure(const Slot &slot) = 0;

  /// Null: the host steps. algorithm and slots outlive what is returned.
  virtual std::unique_ptr<Resident> resident(const Algorithm &algorithm, const nero_optimizer_options &options,
                                             std::vector<Slot> &slots) = 0;
};

}  // namespace nero
