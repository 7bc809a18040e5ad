// A point in the order of a device's work.
#pragma once

#include "runtime/failure.h"

namespace nero {

class Event {
 public:
  virtual ~Event() = default;

  /// Moves it behind all work given to the device so far.
  virtual void record() = 0;
  virtual bool recorded() const = 0;
  /// Returns when it is reached.
  virtual void synchronize() = 0;
  /// Milliseconds between the moments at which from and this were reached; waits for both.
  virtual double since(Event &from) = 0;

  void require_recorded(const char *name) const {
    if (!recorded()) throw Failure(NERO_ERROR_SEQUENCE, text("%s was never recorded", name));
  }
};

}  // namespace nero
