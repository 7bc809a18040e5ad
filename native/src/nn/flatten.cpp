// An image as a vector; no work where it lies plain already.
#include "nn/primitive.h"

namespace nero::nn {

namespace {

using dnnl::memory;

class Flatten final : public Layer {
 public:
  explicit Flatten(const Shape &source) : source_(source) {}

  Shape shape() const override { return Shape::vector(source_.floats()); }
  Sharing sharing() const override { return view_ ? Sharing::view : Sharing::none; }

  memory::desc layout(Engine &e, const std::vector<memory::desc> &sources) override {
    // Channels in blocks are channels in order where there is one pixel and no padding.
    view_ =
        sources[0] == plain(e, source_) || (source_.area() == 1 && floats(sources[0]) == e.batch * source_.channels);
    return plain(e, shape());
  }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    const memory::desc image = plain(e, source_);
    forward_ = reorder(e, sources[0].desc, sources[0].value, image, target.value);
    if (sources[0].gradient != nullptr) {
      backward_ = reorder(e, image, target.gradient, sources[0].desc, sources[0].gradient);
    }
  }

  void forward(Engine &e) override { forward_.execute(e.stream); }
  void backward(Engine &e) override {
    if (backward_) backward_.execute(e.stream);
  }

 private:
  Shape source_;
  bool view_ = false;
  Primitive forward_, backward_;
};

}  // namespace

std::unique_ptr<Layer> make_flatten(const Shape &source) { return std::make_unique<Flatten>(source); }

}  // namespace nero::nn
