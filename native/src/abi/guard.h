// Handles become objects or errors; there is no third way.
#pragma once

#include "abi/border.h"
#include "nero/nero.h"
#include "runtime/algorithm.h"
#include "runtime/context.h"
#include "runtime/optimizer.h"

namespace nero {

constexpr uint64_t kContextMagic = 0x6e65726f43747874;
constexpr uint64_t kOptimizerMagic = 0x6e65726f4f707469;
constexpr uint64_t kEventMagic = 0x6e65726f45766e74;
constexpr uint64_t kGraphMagic = 0x6e65726f47726170;

/// The same for a report, which may be NULL.
inline nero_step_report *known_report(nero_step_report *report) {
  return report == nullptr ? nullptr : &known(report, "nero_step_report");
}

inline Context &valid(nero_context *context) {
  if (required(context, "context").magic != kContextMagic) throw Failure(NERO_ERROR_ARGUMENT, "context is not one");
  return context->context;
}

inline nero_event &valid(nero_event *event, const char *name) {
  if (required(event, name).magic != kEventMagic) throw Failure(NERO_ERROR_ARGUMENT, text("%s is none", name));
  return *event;
}

/// The event, which must have been recorded.
inline Event &recorded(nero_event *event, const char *name) {
  Event &found = *valid(event, name).event;
  found.require_recorded(name);
  return found;
}

inline Optimizer &valid(nero_optimizer *optimizer) {
  if (required(optimizer, "optimizer").magic != kOptimizerMagic) {
    throw Failure(NERO_ERROR_ARGUMENT, "optimizer is not one");
  }
  return optimizer->optimizer;
}

inline Graph &valid(nero_graph *graph) {
  if (required(graph, "graph").magic != kGraphMagic) throw Failure(NERO_ERROR_ARGUMENT, "graph is not one");
  return graph->graph;
}

/// Runs body with the context held against other threads' stateless calls; its optimisers' steps go on.
template <class Body>
nero_status with_context(nero_context *context, nero_error *error, const Body &body) noexcept {
  return guarded(error, [&] {
    Context &c = valid(context);
    const Entry entry(c.busy(), "context");
    body(c);
  });
}

/// Runs body with the optimiser held against other threads.
template <class Body>
nero_status entered(nero_optimizer *optimizer, nero_error *error, const Body &body) noexcept {
  return guarded(error, [&] {
    Optimizer &o = valid(optimizer);
    const Entry entry(o.busy(), "optimizer");
    body(o);
  });
}

}  // namespace nero
