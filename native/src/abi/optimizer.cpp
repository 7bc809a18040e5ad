#include "abi/guard.h"

using namespace nero;

namespace {

nero_optimizer_options default_options(const nero_optimizer_kind &kind) {
  require_enum("kind", kind, kKinds - 1);
  const bool nero = kind == NERO_KIND_NERO;
  return {sizeof(nero_optimizer_options),
          nero ? NERO_CONSTRAINT_BALANCED : NERO_CONSTRAINT_NONE,
          nero ? 1u : 0u,
          NERO_NON_FINITE_SKIP_NEURON,
          NERO_DEGENERATE_REFUSE,
          NERO_STEP_COUNT_PER_PARAMETER};
}

}  // namespace

nero_status nero_optimizer_options_defaults(nero_optimizer_kind kind, nero_optimizer_options *options,
                                            nero_error *error) {
  return guarded(error, [&] { required(options, "options") = default_options(kind); });
}

nero_status nero_optimizer_create(nero_context *context, nero_optimizer_kind kind, const void *hyper,
                                  const nero_optimizer_options *options, const nero_parameter *parameters,
                                  int64_t count, nero_optimizer **optimizer, nero_error *error) {
  return guarded(error, [&] {
    Context &c = valid(context);
    nero_optimizer *&out = required(optimizer, "optimizer");
    required(static_cast<const char *>(hyper), "hyper");
    if (count > 0) required(parameters, "parameters");
    nero_optimizer_options chosen = default_options(kind);
    if (options != nullptr) chosen = known(options, "nero_optimizer_options");
    out = new nero_optimizer{kOptimizerMagic, Optimizer(c, kind, hyper, chosen, parameters, count)};
  });
}

nero_status nero_optimizer_destroy(nero_optimizer *optimizer, nero_error *error) {
  return guarded(error, [&] {
    if (optimizer == nullptr) return;
    { const Entry entry(valid(optimizer).busy(), "optimizer"); }  // refuses while a step is under way
    const int64_t live = valid(optimizer).graphs();
    if (live != 0) {
      throw Failure(NERO_ERROR_SEQUENCE,
                    text("%lld graphs of this optimiser live: destroy them first", (long long)live));
    }
    optimizer->magic = 0;
    delete optimizer;
  });
}

nero_status nero_optimizer_step(nero_optimizer *optimizer, const nero_step_args *args, nero_step_report *report,
                                nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { o.step(required(args, "args"), known_report(report)); });
}

nero_status nero_optimizer_report(nero_optimizer *optimizer, nero_step_report *report, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { o.report(known(report, "nero_step_report")); });
}

nero_status nero_optimizer_capture(nero_optimizer *optimizer, nero_graph **graph, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    nero_graph *&out = required(graph, "graph");
    out = new nero_graph{kGraphMagic, o.capture()};
  });
}

nero_status nero_graph_replay(nero_graph *graph, const nero_step_args *args, nero_error *error) {
  return guarded(error, [&] {
    Graph &g = valid(graph);
    const Entry entry(g.optimizer().busy(), "optimizer");
    g.replay(required(args, "args"));
  });
}

nero_status nero_graph_destroy(nero_graph *graph, nero_error *error) {
  return guarded(error, [&] {
    if (graph == nullptr) return;
    const Entry entry(valid(graph).optimizer().busy(), "optimizer");
    graph->magic = 0;
    delete graph;
  });
}

nero_status nero_optimizer_rebind(nero_optimizer *optimizer, const nero_binding *bindings, int64_t count,
                                  nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    if (count > 0) required(bindings, "bindings");
    o.rebind(bindings, count);
  });
}

nero_status nero_optimizer_begin(nero_optimizer *optimizer, const nero_step_args *args, uint32_t *observe,
                                 nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    uint32_t &wanted = required(observe, "observe");
    wanted = o.begin(required(args, "args")) ? 1 : 0;
  });
}

nero_status nero_optimizer_observe(nero_optimizer *optimizer, int64_t parameter, const float *gradients,
                                   uint64_t gradients_bytes, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { o.observe(parameter, gradients, gradients_bytes); });
}

nero_status nero_optimizer_apply(nero_optimizer *optimizer, int64_t parameter, float *weights, uint64_t weights_bytes,
                                 const float *gradients, uint64_t gradients_bytes, nero_error *error) {
  return entered(optimizer, error,
                 [&](Optimizer &o) { o.apply(parameter, weights, weights_bytes, gradients, gradients_bytes); });
}

nero_status nero_optimizer_end(nero_optimizer *optimizer, nero_step_report *report, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { o.end(known_report(report)); });
}

nero_status nero_optimizer_abandon(nero_optimizer *optimizer, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { o.abandon(); });
}
