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

static void images_are_checked(void) {
  nero_nn_network *n = NULL;
  nero_nn_options options = {
      .struct_size = sizeof(nero_nn_options), .threads = 1, .batch = 2, .features = 60, .height = 5, .width = 4};
  nero_nn_options bad = options;
  const nero_nn_window good = {sizeof(nero_nn_window), 0, 3, 3, 1, 1, 1, 1};
  nero_nn_window w = good;
  int32_t image = -7, vector = -7, other = -7;
  bad.features = 61;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_SIZE,
              "61 features are no whole number of channels of 5 x 4"));
  bad = options, bad.width = 0;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_ARGUMENT, "width is 0"));
  bad = options, bad.bfloat16 = 2;
  CHECK(fails(nero_nn_network_create(&bad, &n, &error), NERO_ERROR_ARGUMENT, "bfloat16 is 2"));
  CHECK(nero_nn_network_create(&options, &n, &error) == NERO_OK);
  CHECK(fails(nero_nn_add_linear(n, 0, 3, 1, &image, &error), NERO_ERROR_SIZE, "tensor 0 is an image of 3 x 5 x 4"));
  CHECK(fails(nero_nn_add_layer_norm(n, 0, 1e-5, &image, &error), NERO_ERROR_SIZE, "a layer norm reads a vector"));
  CHECK(fails(nero_nn_add_softmax_cross_entropy(n, 0, &error), NERO_ERROR_SIZE, "the loss reads a vector"));
  CHECK(fails(nero_nn_add_convolution(n, 0, NULL, 4, 1, 1, &image, &error), NERO_ERROR_NULL, "nero_nn_window"));
  w.struct_size = 8;
  CHECK(fails(nero_nn_add_convolution(n, 0, &w, 4, 1, 1, &image, &error), NERO_ERROR_STRUCT_SIZE, "8"));
  w = good, w.kernel_width = 0;
  CHECK(fails(nero_nn_add_convolution(n, 0, &w, 4, 1, 1, &image, &error), NERO_ERROR_ARGUMENT, "kernel_width is 0"));
  w = good, w.stride_height = -1;
  CHECK(fails(nero_nn_add_max_pool(n, 0, &w, &image, &error), NERO_ERROR_ARGUMENT, "stride_height is -1"));
  w = good, w.padding_width = 3;
  CHECK(fails(nero_nn_add_convolution(n, 0, &w, 4, 1, 1, &image, &error), NERO_ERROR_ARGUMENT,
              "padding_width is 3, too much for a kernel of 3"));
  w.padding_width = 2;
  CHECK(fails(nero_nn_add_average_pool(n, 0, &w, &image, &error), NERO_ERROR_ARGUMENT, "padding_width is 2"));
  w = good, w.kernel_width = 7;
  CHECK(fails(nero_nn_add_max_pool(n, 0, &w, &image, &error), NERO_ERROR_SIZE,
              "a kernel of width 7 sees more than tensor 0"));
  CHECK(fails(nero_nn_add_convolution(n, 0, &good, 0, 1, 1, &image, &error), NERO_ERROR_ARGUMENT, "outputs is 0"));
  CHECK(fails(nero_nn_add_convolution(n, 0, &good, 4, 2, 1, &image, &error), NERO_ERROR_SIZE,
              "3 channels and 4 outputs do not both part into 2 groups"));
  CHECK(fails(nero_nn_add_convolution(n, 0, &good, 4, 0, 1, &image, &error), NERO_ERROR_ARGUMENT, "groups is 0"));
  CHECK(fails(nero_nn_add_batch_norm(n, 0, 0, 0.1, &image, &error), NERO_ERROR_ARGUMENT, "epsilon is 0"));
  CHECK(fails(nero_nn_add_batch_norm(n, 0, 1e-5, NAN, &image, &error), NERO_ERROR_ARGUMENT, "momentum is nan"));
  CHECK(fails(nero_nn_add_dropout(n, 0, 1, 0, &image, &error), NERO_ERROR_ARGUMENT, "probability is 1"));
  CHECK(fails(nero_nn_add_embedding(n, 0, 4, 4, &image, &error), NERO_ERROR_SIZE, "an embedding reads a vector"));
  CHECK(fails(nero_nn_add_flatten(n, 0, NULL, &error), NERO_ERROR_NULL, "output"));
  CHECK(image == -7);
  CHECK(nero_nn_add_convolution(n, 0, &good, 4, 1, 0, &image, &error) == NERO_OK && image == 1);
  CHECK(fails(nero_nn_add_sum(n, 0, image, &other, &error), NERO_ERROR_SIZE,
              "tensor 0 is 3 x 5 x 4, tensor 1 is 4 x 5 x 4"));
  CHECK(nero_nn_add_flatten(n, image, &vector, &error) == NERO_OK && vector == 2);
  CHECK(fails(nero_nn_add_convolution(n, vector, &good, 4, 1, 0, &other, &error), NERO_ERROR_SIZE,
              "a convolution reads an image, tensor 2 is a vector, 80 wide"));
  CHECK(fails(nero_nn_add_flatten(n, vector, &other, &error), NERO_ERROR_SIZE, "a flatten reads an image"));
  CHECK(fails(nero_nn_add_embedding(n, vector, 4, 4, &other, &error), NERO_ERROR_ARGUMENT, "not tensor 2"));
  CHECK(nero_nn_add_softmax_cross_entropy(n, vector, &error) == NERO_OK);
  CHECK(nero_nn_network_plan(n, &error) == NERO_OK);
  {
    nero_nn_parameter p = {.struct_size = sizeof p};
    nero_nn_state s = {.struct_size = sizeof s};
    CHECK(nero_nn_parameter_describe(n, 0, &p, &error) == NERO_OK);
    CHECK(p.neurons == 4 && p.fan_in == 27 && p.is_matrix == 1 && p.role == NERO_NN_ROLE_WEIGHT && p.rank == 4);
    CHECK(p.shape[0] == 4 && p.shape[1] == 3 && p.shape[2] == 3 && p.shape[3] == 3);
    CHECK(fails(nero_nn_state_describe(n, 0, &s, &error), NERO_ERROR_NOT_FOUND, "no state 0, there are 0"));
  }
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
  images_are_checked();
  runs_are_checked();
  library_describes_itself();
  return nero_failures == 0 ? 0 : 1;
}
