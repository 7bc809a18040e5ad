// Pools by oneDNN.
#include "nn/primitive.h"

namespace nero::nn {

namespace {

using dnnl::memory;
using dnnl::pooling_backward;
using dnnl::pooling_forward;

class Pool final : public Layer {
 public:
  Pool(const Shape &source, const Window &window, dnnl::algorithm how) : source_(source), window_(window), how_(how) {}

  Shape shape() const override { return window_.over(source_, source_.channels); }

  memory::desc layout(Engine &e, const std::vector<memory::desc> &sources) override {
    training_desc_ = forward_desc(e, dnnl::prop_kind::forward_training, sources[0], any(plain(e, shape())));
    return training_desc_.dst_desc();
  }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    const Source &x = sources[0];
    std::vector<Primitive::Argument> arguments{{DNNL_ARG_SRC, x.desc, x.value},
                                               {DNNL_ARG_DST, target.desc, target.value}};
    evaluation_ =
        Primitive(e.engine, forward_desc(e, dnnl::prop_kind::forward_inference, x.desc, target.desc), arguments);
    // Where the greatest were, for backward.
    const memory::desc places = training_desc_.workspace_desc();
    if (places.get_size() > 0) {
      workspace_ = Buffer(floats(places));
      arguments.push_back({DNNL_ARG_WORKSPACE, places, workspace_.data()});
    }
    training_ = Primitive(e.engine, training_desc_, arguments);
    if (x.gradient == nullptr) return;
    const pooling_backward::primitive_desc backward(e.engine, how_, x.desc, target.desc, window_.strides(),
                                                    window_.kernel(), {0, 0}, window_.padding(), window_.padding(),
                                                    training_desc_, own_scratchpad());
    arguments = {{DNNL_ARG_DIFF_SRC, x.desc, x.gradient}, {DNNL_ARG_DIFF_DST, target.desc, target.gradient}};
    if (places.get_size() > 0) arguments.push_back({DNNL_ARG_WORKSPACE, places, workspace_.data()});
    backward_ = Primitive(e.engine, backward, arguments);
  }

  void forward(Engine &e) override { (e.training ? training_ : evaluation_).execute(e.stream); }
  void backward(Engine &e) override {
    if (backward_) backward_.execute(e.stream);
  }

 private:
  pooling_forward::primitive_desc forward_desc(const Engine &e, dnnl::prop_kind kind, const memory::desc &x,
                                               const memory::desc &y) const {
    return {e.engine,
            kind,
            how_,
            x,
            y,
            window_.strides(),
            window_.kernel(),
            {0, 0},
            window_.padding(),
            window_.padding(),
            own_scratchpad()};
  }

  Shape source_;
  Window window_;
  dnnl::algorithm how_;
  pooling_forward::primitive_desc training_desc_;
  Buffer workspace_;
  Primitive training_, evaluation_, backward_;
};

}  // namespace

std::unique_ptr<Layer> make_max_pool(const Shape &source, const Window &window) {
  return std::make_unique<Pool>(source, window, dnnl::algorithm::pooling_max);
}

std::unique_ptr<Layer> make_average_pool(const Shape &source, const Window &window) {
  return std::make_unique<Pool>(source, window, dnnl::algorithm::pooling_avg_include_padding);
}

}  // namespace nero::nn
