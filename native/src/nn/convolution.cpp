// Convolutions by oneDNN, in the layouts that it chooses. Weights and their gradients are plain OIHW at the border;
// they are brought into oneDNN's layout once a pass, which is little beside the pass itself.
//
// In bfloat16, what is multiplied is rounded on its way into that layout; sums, and all that other layers see, are
// floats. oneDNN's own rounding (its fpmath mode) rounds the weights again for every few pixels, and was slower than
// floats.
#include "nn/primitive.h"

namespace nero::nn {

namespace {

using dnnl::memory;

class Convolution final : public Layer {
 public:
  Convolution(const Shape &source, const Window &window, int64_t outputs, int64_t groups, bool bias)
      : source_(source), window_(window), outputs_(outputs), groups_(groups), bias_(bias) {}

  Shape shape() const override { return window_.over(source_, outputs_); }
  bool has_parameters() const override { return true; }

  memory::desc layout(Engine &e, const std::vector<memory::desc> &sources) override {
    const memory::desc x = plain(e, source_), y = plain(e, shape());
    w_ = groups_ == 1 ? plain(weight_shape())
                      : plain({groups_, outputs_ / groups_, source_.channels / groups_, window_.kernel_height,
                               window_.kernel_width});
    b_ = bias_ ? plain({outputs_}) : memory::desc();
    // Tiles multiply by the 32 channels; with few of them, they are mostly empty.
    rounds_ = e.bfloat16 && source_.channels / groups_ >= 16;
    multiplied_ = rounds_ ? memory::data_type::bf16 : memory::data_type::f32;
    // What an earlier layer laid out in its way is read so, if there is a kernel for it.
    if (sources[0] != x && !rounds_) {
      forward_desc_ = forward_desc(e, sources[0], any(y));
      if (!slow(forward_desc_)) return forward_desc_.dst_desc();
    }
    forward_desc_ = forward_desc(e, any(x, multiplied_), any(y));
    return forward_desc_.dst_desc();
  }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    weights_ = Buffer(floats(w_));
    weight_gradients_ = Buffer(floats(w_));
    if (bias_) {
      biases_ = Buffer(outputs_);
      bias_gradients_ = Buffer(outputs_);
    }
    plan_forward(e, sources[0], target);
    plan_by_weights(e, sources[0], target);
    if (sources[0].gradient != nullptr) plan_by_source(e, sources[0], target);
  }

  void forward(Engine &e) override {
    forward_source_.run(e);
    forward_weights_.run(e);
    forward_.execute(e.stream);
  }

  void backward(Engine &e) override {
    by_weights_source_.run(e);
    target_gradient_.run(e);
    by_weights_.execute(e.stream);
    by_weights_weights_.run(e);
    if (!by_source_) return;
    by_source_target_.run(e);
    by_source_weights_.run(e);
    by_source_.execute(e.stream);
    by_source_source_.run(e);
  }

  std::vector<LayerParameter> parameters() const override {
    std::vector<LayerParameter> all{{NERO_NN_ROLE_WEIGHT, weight_shape(), weights_.data(), weight_gradients_.data()}};
    if (bias_) all.push_back({NERO_NN_ROLE_BIAS, {outputs_}, biases_.data(), bias_gradients_.data()});
    return all;
  }

 private:
  std::vector<int64_t> weight_shape() const {
    return {outputs_, source_.channels / groups_, window_.kernel_height, window_.kernel_width};
  }

  /// oneDNN falls back to loops that are right and very slow where it has no kernel for the layouts that it is given.
  static bool slow(const dnnl::primitive_desc_base &desc) {
    const std::string name = desc.impl_info_str();
    return name.find("ref") != std::string::npos || name.find("gemm:") == 0;
  }

  dnnl::convolution_forward::primitive_desc forward_desc(const Engine &e, const memory::desc &x,
                                                         const memory::desc &y) const {
    return {e.engine,
            dnnl::prop_kind::forward_training,
            dnnl::algorithm::convolution_auto,
            x,
            any(w_, multiplied_),
            b_,
            y,
            window_.strides(),
            window_.padding(),
            window_.padding(),
            own_scratchpad()};
  }

  void plan_forward(Engine &e, const Source &source, const Target &target) {
    const auto &desc = forward_desc_;
    forward_source_ = Relaid::of_source(e, source.desc, source.value, desc.src_desc());
    forward_weights_ = Relaid::of_source(e, w_, weights_.data(), desc.weights_desc());
    std::vector<Primitive::Argument> arguments{{DNNL_ARG_SRC, desc.src_desc(), forward_source_.data()},
                                               {DNNL_ARG_WEIGHTS, desc.weights_desc(), forward_weights_.data()},
                                               {DNNL_ARG_DST, target.desc, target.value}};
    if (bias_) arguments.push_back({DNNL_ARG_BIAS, b_, biases_.data()});
    forward_ = Primitive(e.engine, desc, arguments);
  }

  void plan_by_weights(Engine &e, const Source &source, const Target &target) {
    const auto make = [&](const memory::desc &x, const memory::desc &y) {
      return dnnl::convolution_backward_weights::primitive_desc(e.engine, dnnl::algorithm::convolution_auto, x, any(w_),
                                                                b_, y, window_.strides(), window_.padding(),
                                                                window_.padding(), forward_desc_, own_scratchpad());
    };
    const memory::desc &x = forward_desc_.src_desc();
    auto desc = make(x, rounds_ ? any(target.desc, multiplied_) : target.desc);
    if (slow(desc)) desc = make(any(source.desc, multiplied_), any(target.desc, multiplied_));
    const bool as_forward = desc.src_desc() == x;
    if (!as_forward) by_weights_source_ = Relaid::of_source(e, source.desc, source.value, desc.src_desc());
    target_gradient_ = Relaid::of_source(e, target.desc, target.gradient, desc.diff_dst_desc());
    target_gradient_desc_ = desc.diff_dst_desc();
    by_weights_weights_ = Relaid::of_target(e, w_, weight_gradients_.data(), desc.diff_weights_desc());
    std::vector<Primitive::Argument> arguments{
        {DNNL_ARG_SRC, desc.src_desc(), (as_forward ? forward_source_ : by_weights_source_).data()},
        {DNNL_ARG_DIFF_DST, desc.diff_dst_desc(), target_gradient_.data()},
        {DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc(), by_weights_weights_.data()}};
    if (bias_) arguments.push_back({DNNL_ARG_DIFF_BIAS, b_, bias_gradients_.data()});
    by_weights_ = Primitive(e.engine, desc, arguments);
  }

  void plan_by_source(Engine &e, const Source &source, const Target &target) {
    const auto make = [&](const memory::desc &x, const memory::desc &y) {
      return dnnl::convolution_backward_data::primitive_desc(
          e.engine, dnnl::algorithm::convolution_auto, x, any(w_, multiplied_), y, window_.strides(), window_.padding(),
          window_.padding(), forward_desc_, own_scratchpad());
    };
    // The gradient as the weights' pass has it already, if there is a kernel for that.
    auto desc = make(rounds_ ? any(source.desc) : source.desc, target_gradient_desc_);
    if (slow(desc)) desc = make(any(source.desc), any(target.desc, multiplied_));
    const bool as_weights = desc.diff_dst_desc() == target_gradient_desc_;
    if (!as_weights) by_source_target_ = Relaid::of_source(e, target.desc, target.gradient, desc.diff_dst_desc());
    by_source_weights_ = Relaid::of_source(e, w_, weights_.data(), desc.weights_desc());
    by_source_source_ = Relaid::of_target(e, source.desc, source.gradient, desc.diff_src_desc());
    by_source_ = Primitive(
        e.engine, desc,
        {{DNNL_ARG_DIFF_DST, desc.diff_dst_desc(), (as_weights ? target_gradient_ : by_source_target_).data()},
         {DNNL_ARG_WEIGHTS, desc.weights_desc(), by_source_weights_.data()},
         {DNNL_ARG_DIFF_SRC, desc.diff_src_desc(), by_source_source_.data()}});
  }

  Shape source_;
  Window window_;
  int64_t outputs_, groups_;
  bool bias_;
  bool rounds_ = false;
  memory::data_type multiplied_ = memory::data_type::f32;
  memory::desc w_, b_, target_gradient_desc_;
  dnnl::convolution_forward::primitive_desc forward_desc_;
  Buffer weights_, weight_gradients_, biases_, bias_gradients_;
  Relaid forward_source_, forward_weights_;
  Relaid by_weights_source_, target_gradient_, by_weights_weights_;
  Relaid by_source_target_, by_source_weights_, by_source_source_;
  Primitive forward_, by_weights_, by_source_;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const Shape &source, const Window &window, int64_t outputs, int64_t groups,
                                        bool bias) {
  return std::make_unique<Convolution>(source, window, outputs, groups, bias);
}

}  // namespace nero::nn
