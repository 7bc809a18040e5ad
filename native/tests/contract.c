/* A C program steps Nero through the contract, by hand-computed numbers. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "nero/nero.h"

int main(void) {
  nero_error error = {.struct_size = sizeof error};
  nero_context *context = NULL;
  CHECK(nero_context_create(NULL, &context, &error) == NERO_OK);
  float weights[3] = {3, -1, -2};
  const float gradients[3] = {1, 0, -1};
  nero_parameter parameter = {.struct_size = sizeof parameter,
                              .dtype = NERO_F32,
                              .layout = NERO_ROWS,
                              .neurons = 1,
                              .fan_in = 3,
                              .weights = weights,
                              .weights_bytes = sizeof weights,
                              .gradients = gradients,
                              .gradients_bytes = sizeof gradients,
                              .name = "neuron",
                              .learning_rate_factor = 1,
                              .weight_decay_factor = 1};
  nero_nero_hyper hyper;
  CHECK(nero_nero_defaults(&hyper, &error) == NERO_OK);
  nero_optimizer *optimizer = NULL;
  CHECK(nero_optimizer_create(context, NERO_KIND_NERO, &hyper, NULL, &parameter, 1, &optimizer, &error) == NERO_OK);
  const double norm = sqrt(14);
  CHECK(fabs(weights[0] - 3 / norm) < 1e-6);
  nero_step_args args = {.struct_size = sizeof args, .learning_rate = 0.1, .gradient_scale = 1};
  nero_step_report report = {.struct_size = sizeof report};
  CHECK(nero_optimizer_step(optimizer, &args, &report, &error) == NERO_OK);
  CHECK(report.step == 1 && report.parameters_stepped == 1);
  /* The first step has length lr, along the gradient; then the neuron is normalised (it keeps its zero mean). */
  const double moved[3] = {3 / norm - 0.1 / sqrt(2), -1 / norm, -2 / norm + 0.1 / sqrt(2)};
  const double length = sqrt(moved[0] * moved[0] + moved[1] * moved[1] + moved[2] * moved[2]);
  for (int i = 0; i < 3; i++) CHECK(fabs(weights[i] - moved[i] / length) < 1e-6);
  CHECK(nero_context_destroy(context, &error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_destroy(optimizer, &error) == NERO_OK);
  CHECK(nero_context_destroy(context, &error) == NERO_OK);
  CHECK(strstr(nero_abi_describe(), "struct nero_parameter ") != NULL);
  return nero_failures != 0;
}
