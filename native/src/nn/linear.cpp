// y = x W^T + b by oneDNN's inner product. Weights and gradients stay in plain [out, in], so that neurons are rows:
// oneDNN's kernels are no faster on layouts of its own choice, measured from 250 x 784 x 784 down to 37 rows and 10
// outputs.
#include "nn/layer.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

using dnnl::memory;

class Linear final : public Layer {
 public:
  Linear(int64_t inputs, int64_t outputs, bool bias) : inputs_(inputs), outputs_(outputs), bias_(bias) {}

  Shape shape() const override { return Shape::vector(outputs_); }
  bool has_parameters() const override { return true; }

  memory::desc layout(Engine &e, const std::vector<memory::desc> &) override { return plain({e.batch, outputs_}); }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    weights_ = Buffer(inputs_ * outputs_);
    weight_gradients_ = Buffer(inputs_ * outputs_);
    if (bias_) {
      biases_ = Buffer(outputs_);
      bias_gradients_ = Buffer(outputs_);
    }
    const memory::desc x = plain({e.batch, inputs_});
    const memory::desc w = plain({outputs_, inputs_});
    const memory::desc y = plain({e.batch, outputs_});
    const memory::desc b = bias_ ? plain({outputs_}) : memory::desc();
    dnnl::primitive_attr attributes = own_scratchpad();
    // oneDNN rounds as it goes. Weights rounded beforehand are no faster: each is used once a row, and they are many.
    if (e.bfloat16) attributes.set_fpmath_mode(dnnl::fpmath_mode::bf16);
    float *source = sources[0].value;

    const dnnl::inner_product_forward::primitive_desc forward(e.engine, dnnl::prop_kind::forward_training, x, w, b, y,
                                                              attributes);
    std::vector<Primitive::Argument> arguments{
        {DNNL_ARG_SRC, x, source}, {DNNL_ARG_WEIGHTS, w, weights_.data()}, {DNNL_ARG_DST, y, target.value}};
    if (bias_) arguments.push_back({DNNL_ARG_BIAS, b, biases_.data()});
    forward_ = Primitive(e.engine, forward, arguments);

    const dnnl::inner_product_backward_weights::primitive_desc by_weights(e.engine, x, w, b, y, forward, attributes);
    arguments = {{DNNL_ARG_SRC, x, source},
                 {DNNL_ARG_DIFF_DST, y, target.gradient},
                 {DNNL_ARG_DIFF_WEIGHTS, w, weight_gradients_.data()}};
    if (bias_) arguments.push_back({DNNL_ARG_DIFF_BIAS, b, bias_gradients_.data()});
    by_weights_ = Primitive(e.engine, by_weights, arguments);

    by_source_ = Primitive();
    if (sources[0].gradient == nullptr) return;
    const dnnl::inner_product_backward_data::primitive_desc by_source(e.engine, x, w, y, forward, attributes);
    by_source_ = Primitive(e.engine, by_source,
                           {{DNNL_ARG_DIFF_DST, y, target.gradient},
                            {DNNL_ARG_WEIGHTS, w, weights_.data()},
                            {DNNL_ARG_DIFF_SRC, x, sources[0].gradient}});
  }

  void forward(Engine &e) override { forward_.execute(e.stream); }

  void backward(Engine &e) override {
    by_weights_.execute(e.stream);
    if (by_source_) by_source_.execute(e.stream);
  }

  std::vector<LayerParameter> parameters() const override {
    std::vector<LayerParameter> all{
        {NERO_NN_ROLE_WEIGHT, {outputs_, inputs_}, weights_.data(), weight_gradients_.data()}};
    if (bias_) all.push_back({NERO_NN_ROLE_BIAS, {outputs_}, biases_.data(), bias_gradients_.data()});
    return all;
  }

 private:
  int64_t inputs_, outputs_;
  bool bias_;
  Buffer weights_, weight_gradients_, biases_, bias_gradients_;
  Primitive forward_, by_weights_, by_source_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(int64_t inputs, int64_t outputs, bool bias) {
  return std::make_unique<Linear>(inputs, outputs, bias);
}

}  // namespace nero::nn
