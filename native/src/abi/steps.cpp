// One parameter, one step, state in the caller's buffers.
#include "abi/guard.h"
#include "runtime/algorithms.h"
#include "runtime/stateless.h"
#include "runtime/survey.h"

using namespace nero;

namespace {

StatelessStep prepared(Context &context, const Algorithm &algorithm, const nero_parameter *parameter,
                       const nero_step_terms *terms) {
  return {context, algorithm, known(parameter, "nero_parameter"), known(terms, "nero_step_terms")};
}

void require_reachable(Context &context, const Slot &slot) {
  const Parameter &p = slot.parameter;
  if (p.elements > 0) context.backend().require_reachable("weights", p.name.c_str(), 0, p.weights);
}

}  // namespace

nero_status nero_project(nero_context *context, const nero_parameter *parameter, nero_constraint constraint,
                         nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    require_enum("constraint", constraint, NERO_CONSTRAINT_BALANCED);
    const Slot slot = checked_slot(known(parameter, "nero_parameter"), constraint);
    require_reachable(c, slot);
    refuse_degenerate(c, slot, 0);
    project(c, slot, 0);
  });
}

nero_status nero_measure_scale(nero_context *context, const nero_parameter *parameter, double *scale,
                               nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    double &out = required(scale, "scale");
    const Slot slot = checked_slot(known(parameter, "nero_parameter"), NERO_CONSTRAINT_NONE);
    require_reachable(c, slot);
    out = mean_norm(measure(c, slot), slot.parameter.neurons);
  });
}

nero_status nero_step_nero(nero_context *context, const nero_parameter *parameter, double *square,
                           const nero_nero_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                           nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_nero(known(hyper, "nero_nero_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    if (hyper->scale == NERO_SCALE_STORED) step.require_scale("mean neuron norm");
    step.neurons("square", step.slot().neuron, square);
    step.run(known_report(report));
  });
}

nero_status nero_step_sgd(nero_context *context, const nero_parameter *parameter, float *momentum,
                          const nero_sgd_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                          nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_sgd(known(hyper, "nero_sgd_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    if (hyper->momentum > 0) step.elements("momentum", step.slot().first, momentum);
    step.run(known_report(report));
  });
}

nero_status nero_step_adam(nero_context *context, const nero_parameter *parameter, float *first_moment,
                           float *second_moment, float *max_second_moment, const nero_adam_hyper *hyper,
                           const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_adam(known(hyper, "nero_adam_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    step.elements("first_moment", step.slot().first, first_moment);
    step.elements("second_moment", step.slot().second, second_moment);
    if (hyper->amsgrad != 0) step.elements("max_second_moment", step.slot().third, max_second_moment);
    step.run(known_report(report));
  });
}

nero_status nero_step_lamb(nero_context *context, const nero_parameter *parameter, float *first_moment,
                           float *second_moment, double *trust_ratio, const nero_lamb_hyper *hyper,
                           const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_lamb(known(hyper, "nero_lamb_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    step.elements("first_moment", step.slot().first, first_moment);
    step.elements("second_moment", step.slot().second, second_moment);
    step.result("trust_ratio", trust_ratio);
    if (step.run(known_report(report)) && trust_ratio != nullptr) *trust_ratio = step.slot().trust_ratio;
  });
}

nero_status nero_step_madam(nero_context *context, const nero_parameter *parameter, float *root_second_moment,
                            const nero_madam_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                            nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_madam(known(hyper, "nero_madam_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    step.require_scale("bound");
    step.elements("root_second_moment", step.slot().first, root_second_moment);
    step.run(known_report(report));
  });
}

nero_status nero_step_fromage(nero_context *context, const nero_parameter *parameter, const nero_fromage_hyper *hyper,
                              const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_fromage(known(hyper, "nero_fromage_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    if (hyper->weight_bound > 0) step.require_scale("bound");
    step.run(known_report(report));
  });
}

nero_status nero_step_lars(nero_context *context, const nero_parameter *parameter, float *momentum,
                           const nero_lars_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                           nero_error *error) {
  return with_context(context, error, [&](Context &c) {
    const auto algorithm = make_lars(known(hyper, "nero_lars_hyper"));
    StatelessStep step = prepared(c, *algorithm, parameter, terms);
    step.elements("momentum", step.slot().first, momentum);
    step.run(known_report(report));
  });
}
