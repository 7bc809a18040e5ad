// One node of a network's graph.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dnnl.hpp"
#include "nero/nero_nn.h"
#include "nn/buffer.h"
#include "nn/shape.h"

namespace nero::nn {

struct LayerParameter {
  nero_nn_role role;
  std::vector<int64_t> shape;  // its first is the number of neurons
  float *weights;
  float *gradients;
};

struct LayerState {
  nero_nn_state_kind kind;
  int64_t count;
  float *values;
};

/// Where and for how many rows layers run.
struct Engine {
  dnnl::engine engine;
  dnnl::stream stream;
  int64_t batch;
  bool bfloat16;
  /// Of the call under way.
  bool training = false;
  int64_t count = 0;
  int64_t step = 0;
};

/// What a layer reads: activations, and where its share of the loss's gradient for them goes, in the same layout. That
/// is null where nobody asks for it.
struct Source {
  dnnl::memory::desc desc;
  float *value;
  float *gradient;
};

/// What a layer makes: activations, and the loss's gradient for them, which is there when backward runs.
struct Target {
  dnnl::memory::desc desc;
  float *value;
  float *gradient;
};

/// How a layer's target may share memory with its only source, which nobody else reads.
enum class Sharing {
  none,
  /// The target overwrites the source, whose maker has no use for it any more.
  in_place,
  /// Both are the same all the time: the layer neither runs forward nor backward.
  view,
};

class Layer {
 public:
  virtual ~Layer() = default;

  /// What it makes.
  virtual Shape shape() const = 0;
  virtual bool has_parameters() const { return false; }

  /// How the target lies, given how the sources do. Lays out like one source unless a layer says otherwise.
  virtual dnnl::memory::desc layout(Engine &, const std::vector<dnnl::memory::desc> &sources) { return sources[0]; }
  /// After layout.
  virtual Sharing sharing() const { return Sharing::none; }
  /// Whether backward reads what it made, which then nobody may overwrite.
  virtual bool keeps_target() const { return false; }
  /// Takes over scale max(x, 0) of its target, where it can do so in the same pass. Before layout.
  virtual bool absorb_relu(float) { return false; }
  /// The scale of a layer that is a ReLU and no more, else 0.
  virtual float relu_scale() const { return 0; }
  /// Whether a source's gradient is the target's, unchanged; see pass_on.
  virtual bool passes_gradients() const { return false; }

  /// Makes parameters and primitives, for good.
  virtual void plan(Engine &engine, const std::vector<Source> &sources, const Target &target) = 0;
  /// Throws where the first count rows of the network's input are not what the layer can work on. What it uses as an
  /// index it copies: the caller may write to the input at any time.
  virtual void take_inputs(int64_t) {}
  /// In the order of the layers; the last work may still be under way in the engine's stream.
  virtual void forward(Engine &engine) = 0;
  /// In reverse; writes the gradients of sources and parameters, whatever they held.
  virtual void backward(Engine &engine) = 0;
  virtual std::vector<LayerParameter> parameters() const { return {}; }
  virtual std::vector<LayerState> states() const { return {}; }
};

std::unique_ptr<Layer> make_average_pool(const Shape &source, const Window &window);
std::unique_ptr<Layer> make_batch_norm(const Shape &source, double epsilon, double momentum);
std::unique_ptr<Layer> make_convolution(const Shape &source, const Window &window, int64_t outputs, int64_t groups,
                                        bool bias);
std::unique_ptr<Layer> make_dropout(const Shape &source, double probability, uint64_t seed);
std::unique_ptr<Layer> make_embedding(int64_t tokens, int64_t vocabulary, int64_t width);
std::unique_ptr<Layer> make_flatten(const Shape &source);
std::unique_ptr<Layer> make_layer_norm(int64_t width, double epsilon);
std::unique_ptr<Layer> make_linear(int64_t inputs, int64_t outputs, bool bias);
std::unique_ptr<Layer> make_max_pool(const Shape &source, const Window &window);
std::unique_ptr<Layer> make_relu(const Shape &source, float scale);
std::unique_ptr<Layer> make_sum(const Shape &source);

}  // namespace nero::nn
