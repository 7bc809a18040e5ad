/* nero_nn.h as plain C11, included twice; every wrong call is a status with a message that says what is wrong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "nero/nero_nn.h"

static nero_error error;

/* Whether a call failed so, with words that name what is wrong. */
static int fails(nero_status given, nero_status expected, const char *words) {
  if (given == expected && error.status == expected && strstr(error.message, words) != NULL) return 1;
  fprintf(stderr, "status %d, expected %d; '%s' should speak of '%s'\n", given, expected, error.message, words);
  return 0;
}

static void options_are_checked(void) {
  nero_nn_network *n = NULL;
  nero_nn_options good = {.struct_size = sizeof(nero_nn_options), .threads = 1, .batch = 4, .features = 5}, bad;
  CHECK(fails(nero_nn_network_create(NULL, &n, &error), NERO_ERROR_NULL, "nero_nn_options"));
  CHECK(fails(nero_nn_network_create(&good, NULL, &error), NERO_ERROR_NULL, "network"));
  bad = good, bad.struct_size = 4;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_STRUCT_SIZE, "4"));
  bad = good, bad.threads = -1;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_ARGUMENT, "threads is -1"));
  bad = good, bad.batch = 0;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_ARGUMENT, "batch is 0"));
  bad = good, bad.features = -3;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_ARGUMENT, "features is -3"));
  bad = good, bad.features = bad.batch = 1 << 24;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_SIZE, "16777216 x 16777216"));
  CHECK(n == NULL);
  CHECK(nero_nn_network_destroy(NULL, &error) == NERO_OK);
  CHECK(fails(nero_nn_network_plan(NULL, &error), NERO_ERROR_NULL, "network"));
}

static void layers_are_checked(void) {
  nero_nn_network *n = NULL;
  nero_nn_options options = {.struct_size = sizeof(nero_nn_options), .threads = 1, .batch = 4, .features = 5};
  nero_nn_buffers buffers = {.struct_size = sizeof(nero_nn_buffers)};
  nero_nn_result result = {.struct_size = sizeof(nero_nn_result)};
  int32_t a = -7, b = -7, c = -7;
  CHECK(nero_nn_network_create(&options, &n, &error) == NERO_OK);
  CHECK(fails(nero_nn_add_linear(n, 1, 3, 1, &a, &error), NERO_ERROR_NOT_FOUND, "tensor 1"));
  CHECK(fails(nero_nn_add_linear(n, -1, 3, 1, &a, &error), NERO_ERROR_NOT_FOUND, "tensor -1"));
  CHECK(fails(nero_nn_add_linear(n, 0, 0, 1, &a, &error), NERO_ERROR_ARGUMENT, "outputs is 0"));
  CHECK(fails(nero_nn_add_linear(n, 0, INT64_MAX, 1, &a, &error), NERO_ERROR_ARGUMENT, "outputs"));
  CHECK(fails(nero_nn_add_relu(n, 0, NAN, &a, &error), NERO_ERROR_ARGUMENT, "scale is nan"));
  CHECK(fails(nero_nn_add_relu(n, 0, 0, &a, &error), NERO_ERROR_ARGUMENT, "scale is 0"));
  CHECK(fails(nero_nn_add_relu(n, 0, -INFINITY, &a, &error), NERO_ERROR_ARGUMENT, "scale is -inf"));
  CHECK(a == -7);
  CHECK(fails(nero_nn_network_plan(n, &error), NERO_ERROR_SEQUENCE, "loss"));
  CHECK(fails(nero_nn_train(n, 1, &result, &error), NERO_ERROR_SEQUENCE, "planned"));
  CHECK(fails(nero_nn_network_describe(n, &buffers, &error), NERO_ERROR_SEQUENCE, "planned"));
  CHECK(fails(nero_nn_add_linear(n, 0, 3, 1, NULL, &error), NERO_ERROR_NULL, "output"));
  CHECK(nero_nn_add_linear(n, 0, 3, 1, &a, &error) == NERO_OK && a == 1);
  CHECK(nero_nn_add_linear(n, 0, 4, 0, &b, &error) == NERO_OK && b == 2);
  CHECK(fails(nero_nn_add_sum(n, a, b, &c, &error), NERO_ERROR_SIZE, "3 wide, tensor 2 is 4 wide"));
  CHECK(fails(nero_nn_add_softmax_cross_entropy(n, 3, &error), NERO_ERROR_NOT_FOUND, "logits is tensor 3"));
  CHECK(nero_nn_add_softmax_cross_entropy(n, a, &error) == NERO_OK);
  CHECK(fails(nero_nn_add_softmax_cross_entropy(n, b, &error), NERO_ERROR_SEQUENCE, "tensor 1"));
  CHECK(fails(nero_nn_network_plan(n, &error), NERO_ERROR_SEQUENCE, "tensor 2"));
  CHECK(nero_nn_network_destroy(n, &error) == NERO_OK);
}

static void runs_are_checked(void) {
  nero_nn_network *n = NULL;
  nero_nn_options options = {.struct_size = sizeof(nero_nn_options), .threads = 1, .batch = 4, .features = 5};
  nero_nn_buffers buffers = {.struct_size = sizeof(nero_nn_buffers)};
  nero_nn_parameter parameter = {.struct_size = sizeof(nero_nn_parameter)};
  nero_nn_result result = {.struct_size = sizeof(nero_nn_result), .loss = 123};
  int32_t a = 0;
  CHECK(nero_nn_network_create(&options, &n, &error) == NERO_OK);
  CHECK(nero_nn_add_linear(n, NERO_NN_INPUT, 3, 0, &a, &error) == NERO_OK);
  CHECK(nero_nn_add_softmax_cross_entropy(n, a, &error) == NERO_OK);
  CHECK(nero_nn_network_plan(n, &error) == NERO_OK);
  CHECK(fails(nero_nn_network_plan(n, &error), NERO_ERROR_SEQUENCE, "planned"));
  CHECK(fails(nero_nn_add_linear(n, a, 3, 0, &a, &error), NERO_ERROR_SEQUENCE, "planned"));
  CHECK(nero_nn_network_describe(n, &buffers, &error) == NERO_OK);
  CHECK(nero_nn_parameter_describe(n, 0, &parameter, &error) == NERO_OK);
  CHECK(fails(nero_nn_parameter_describe(n, 1, &parameter, &error), NERO_ERROR_NOT_FOUND, "parameter 1, there are 1"));
  CHECK(fails(nero_nn_parameter_describe(n, -1, &parameter, &error), NERO_ERROR_NOT_FOUND, "parameter -1"));
  CHECK(fails(nero_nn_train(n, 0, &result, &error), NERO_ERROR_ARGUMENT, "count is 0"));
  CHECK(fails(nero_nn_train(n, 5, &result, &error), NERO_ERROR_ARGUMENT, "count is 5"));
  CHECK(fails(nero_nn_train(n, 1, NULL, &error), NERO_ERROR_NULL, "nero_nn_result"));
  buffers.labels[3] = 3;
  CHECK(nero_nn_train(n, 3, &result, &error) == NERO_OK);
  parameter.gradients[0] = 77, result.loss = 123;
  CHECK(fails(nero_nn_train(n, 4, &result, &error), NERO_ERROR_ARGUMENT, "label 3 is 3, it must be within 0 and 2"));
  buffers.labels[0] = -1;
  CHECK(fails(nero_nn_evaluate(n, 1, &result, &error), NERO_ERROR_ARGUMENT, "label 0 is -1"));
  CHECK(parameter.gradients[0] == 77 && result.loss == 123);
  result.struct_size = 0;
  CHECK(fails(nero_nn_train(n, 1, &result, &error), NERO_ERROR_STRUCT_SIZE, "nero_nn_result"));
  CHECK(nero_nn_train(n, 1, &result, NULL) == NERO_ERROR_STRUCT_SIZE);
  CHECK(nero_nn_network_destroy(n, NULL) == NERO_OK);
}

static void library_describes_itself(void) {
  char line[128];
  const char *text = nero_nn_abi_describe();
  CHECK(nero_nn_abi_version() == NERO_NN_ABI_VERSION);
  CHECK(nero_nn_backend()[0] >= '1' && nero_nn_backend()[0] <= '9');
  CHECK(text == nero_nn_abi_describe());
  snprintf(line, sizeof line, "struct nero_nn_parameter %zu\n", sizeof(nero_nn_parameter));
  CHECK(strstr(text, line) != NULL);
  snprintf(line, sizeof line, "field nero_nn_result.loss %zu 8\n", offsetof(nero_nn_result, loss));
  CHECK(strstr(text, line) != NULL);
}

int main(void) {
  error.struct_size = sizeof error;
  options_are_checked();
  layers_are_checked();
  runs_are_checked();
  library_describes_itself();
  return nero_failures == 0 ? 0 : 1;
}
