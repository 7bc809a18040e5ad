// y = x W^T + b by oneDNN's inner product; weights and gradients stay in plain [out, in], so that neurons are rows.
#include <optional>
#include <unordered_map>

#include "nn/layer.h"

namespace nero::nn {

namespace {

using Arguments = std::unordered_map<int, dnnl::memory>;
using dnnl::memory;

memory::desc matrix(int64_t rows, int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::format_tag::ab};
}

memory::desc vector(int64_t count) { return {{count}, memory::data_type::f32, memory::format_tag::a}; }

class Linear final : public Layer {
 public:
  Linear(int64_t inputs, int64_t outputs, bool bias)
      : inputs_(inputs),
        outputs_(outputs),
        bias_(bias),
        weights_(inputs * outputs),
        weight_gradients_(inputs * outputs),
        biases_(outputs),
        bias_gradients_(outputs) {}

  int64_t outputs() const override { return outputs_; }

  Ends plan(Engine &e, float *input, float *input_gradient) override {
    output_.emplace(e.batch * outputs_);
    output_gradient_.emplace(e.batch * outputs_);
    const memory::desc source = matrix(e.batch, inputs_);
    const memory::desc weights = matrix(outputs_, inputs_);
    const memory::desc result = matrix(e.batch, outputs_);
    const memory::desc bias = bias_ ? vector(outputs_) : memory::desc();
    const memory x(source, e.engine, input);
    const memory w(weights, e.engine, weights_.data());
    const memory dw(weights, e.engine, weight_gradients_.data());
    const memory y(result, e.engine, output_->data());
    const memory dy(result, e.engine, output_gradient_->data());

    const dnnl::inner_product_forward::primitive_desc forward(e.engine, dnnl::prop_kind::forward_training, source,
                                                              weights, bias, result);
    forward_ = dnnl::inner_product_forward(forward);
    forward_arguments_ = {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}};
    const dnnl::inner_product_backward_weights::primitive_desc by_weights(e.engine, source, weights, bias, result,
                                                                          forward);
    by_weights_ = dnnl::inner_product_backward_weights(by_weights);
    by_weights_arguments_ = {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, dw}};
    if (bias_) {
      forward_arguments_.emplace(DNNL_ARG_BIAS, memory(bias, e.engine, biases_.data()));
      by_weights_arguments_.emplace(DNNL_ARG_DIFF_BIAS, memory(bias, e.engine, bias_gradients_.data()));
    }
    if (input_gradient != nullptr) {
      const dnnl::inner_product_backward_data::primitive_desc by_data(e.engine, source, weights, result, forward);
      by_data_ = dnnl::inner_product_backward_data(by_data);
      by_data_arguments_ = {{DNNL_ARG_DIFF_DST, dy},
                            {DNNL_ARG_WEIGHTS, w},
                            {DNNL_ARG_DIFF_SRC, memory(source, e.engine, input_gradient)}};
    }
    return {output_->data(), output_gradient_->data()};
  }

  void forward(Engine &e) override { forward_.execute(e.stream, forward_arguments_); }

  void backward(Engine &e) override {
    by_weights_.execute(e.stream, by_weights_arguments_);
    if (by_data_) by_data_->execute(e.stream, by_data_arguments_);
  }

  std::vector<LayerParameter> parameters() override {
    std::vector<LayerParameter> all{{true, outputs_, inputs_, weights_.data(), weight_gradients_.data()}};
    if (bias_) all.push_back({false, outputs_, 1, biases_.data(), bias_gradients_.data()});
    return all;
  }

 private:
  int64_t inputs_, outputs_;
  bool bias_;
  Buffer weights_, weight_gradients_, biases_, bias_gradients_;
  std::optional<Buffer> output_, output_gradient_;
  dnnl::inner_product_forward forward_;
  dnnl::inner_product_backward_weights by_weights_;
  std::optional<dnnl::inner_product_backward_data> by_data_;
  Arguments forward_arguments_, by_weights_arguments_, by_data_arguments_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(int64_t inputs, int64_t outputs, bool bias) {
  return std::make_unique<Linear>(inputs, outputs, bias);
}

}  // namespace nero::nn
