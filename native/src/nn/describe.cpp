// What the C compiler made of nero_nn.h, as text; the bindings are held against it when they are loaded.
#include <cstddef>
#include <string>

#include "nero/nero_nn.h"

namespace {

class Description {
 public:
  void structure(const char *name, size_t size) { line("struct", name, std::to_string(size)); }
  void field(const char *name, size_t offset, size_t size) {
    line("field", name, std::to_string(offset) + ' ' + std::to_string(size));
  }
  std::string take() { return std::move(text_); }

 private:
  void line(const char *kind, const char *name, const std::string &numbers) {
    text_ += std::string(kind) + ' ' + name + ' ' + numbers + '\n';
  }
  std::string text_;
};

#define STRUCT(type) d.structure(#type, sizeof(type))
#define FIELD(type, name) d.field(#type "." #name, offsetof(type, name), sizeof(type::name))

std::string describe() {
  Description d;
  STRUCT(nero_nn_options);
  FIELD(nero_nn_options, struct_size);
  FIELD(nero_nn_options, threads);
  FIELD(nero_nn_options, batch);
  FIELD(nero_nn_options, features);
  FIELD(nero_nn_options, height);
  FIELD(nero_nn_options, width);
  FIELD(nero_nn_options, bfloat16);
  FIELD(nero_nn_options, reserved);
  STRUCT(nero_nn_window);
  FIELD(nero_nn_window, struct_size);
  FIELD(nero_nn_window, reserved);
  FIELD(nero_nn_window, kernel_height);
  FIELD(nero_nn_window, kernel_width);
  FIELD(nero_nn_window, stride_height);
  FIELD(nero_nn_window, stride_width);
  FIELD(nero_nn_window, padding_height);
  FIELD(nero_nn_window, padding_width);
  STRUCT(nero_nn_buffers);
  FIELD(nero_nn_buffers, struct_size);
  FIELD(nero_nn_buffers, threads);
  FIELD(nero_nn_buffers, classes);
  FIELD(nero_nn_buffers, parameters);
  FIELD(nero_nn_buffers, states);
  FIELD(nero_nn_buffers, inputs);
  FIELD(nero_nn_buffers, labels);
  FIELD(nero_nn_buffers, outputs);
  STRUCT(nero_nn_parameter);
  FIELD(nero_nn_parameter, struct_size);
  FIELD(nero_nn_parameter, is_matrix);
  FIELD(nero_nn_parameter, layer);
  FIELD(nero_nn_parameter, neurons);
  FIELD(nero_nn_parameter, fan_in);
  FIELD(nero_nn_parameter, weights);
  FIELD(nero_nn_parameter, gradients);
  FIELD(nero_nn_parameter, role);
  FIELD(nero_nn_parameter, rank);
  FIELD(nero_nn_parameter, shape);
  STRUCT(nero_nn_state);
  FIELD(nero_nn_state, struct_size);
  FIELD(nero_nn_state, kind);
  FIELD(nero_nn_state, layer);
  FIELD(nero_nn_state, count);
  FIELD(nero_nn_state, values);
  STRUCT(nero_nn_result);
  FIELD(nero_nn_result, struct_size);
  FIELD(nero_nn_result, reserved);
  FIELD(nero_nn_result, correct);
  FIELD(nero_nn_result, loss);
  return d.take();
}

}  // namespace

const char *nero_nn_abi_describe(void) {
  static const std::string text = describe();
  return text.c_str();
}
