#include "nn/plan.h"

#include "nn/elements.h"

namespace nero::nn {

float *Plan::take(int64_t count) { return buffers_.emplace_back(count).data(); }

Plan::Plan(const Graph &graph, Engine &engine, float *inputs)
    : graph_(graph), memory_(static_cast<size_t>(graph.tensors())) {
  memory_[0].value = inputs;
  std::vector<bool> shared(memory_.size(), false);
  for (const Graph::Node &node : graph.nodes()) {
    const auto target = static_cast<size_t>(node.target);
    const int32_t first = node.sources[0];
    const bool in_place = node.layer->in_place() && first != 0 && graph.tensor(first).uses == 1 &&
                          !shared[static_cast<size_t>(first)] && graph.tensor(node.target).uses == 1;
    const int64_t count = engine.batch * node.layer->width();
    shared[target] = in_place;
    memory_[target].value = in_place ? memory_[static_cast<size_t>(first)].value : take(count);
    if (!graph.tensor(node.target).wants_gradient) continue;
    if (in_place) {
      memory_[target].gradients = memory_[static_cast<size_t>(first)].gradients;
    } else {
      for (int i = 0; i < graph.tensor(node.target).uses; i++) memory_[target].gradients.push_back(take(count));
    }
  }

  std::vector<size_t> readers(memory_.size(), 0);
  const auto share = [&](int32_t tensor) -> float * {
    const auto index = static_cast<size_t>(tensor);
    return memory_[index].gradients.empty() ? nullptr : memory_[index].gradients[readers[index]++];
  };
  for (const Graph::Node &node : graph.nodes()) {
    std::vector<Source> sources;
    for (const int32_t source : node.sources) {
      sources.push_back({memory_[static_cast<size_t>(source)].value, share(source)});
    }
    const Memory &target = memory_[static_cast<size_t>(node.target)];
    node.layer->plan(engine, sources, {target.value, target.gradients.empty() ? nullptr : target.gradients[0]});
  }
  logits_ = memory_[static_cast<size_t>(graph.logits())].value;
  logit_gradients_ = share(graph.logits());
}

void Plan::forward(Engine &engine) const {
  for (const Graph::Node &node : graph_.nodes()) node.layer->forward(engine);
  engine.stream.wait();
}

void Plan::backward(Engine &engine) const {
  for (auto node = graph_.nodes().rbegin(); node != graph_.nodes().rend(); ++node) {
    const std::vector<float *> &gradients = memory_[static_cast<size_t>(node->target)].gradients;
    if (gradients.empty()) continue;
    for (size_t reader = 1; reader < gradients.size(); reader++) {
      float *sum = gradients[0];
      const float *more = gradients[reader];
      each_element(engine.batch * node->layer->width(), [=](int64_t i) { sum[i] += more[i]; });
    }
    node->layer->backward(engine);
  }
  engine.stream.wait();
}

}  // namespace nero::nn
