#include "nn/plan.h"

#include "nn/elements.h"
#include "nn/primitive.h"

namespace nero::nn {

float *Plan::take(int64_t count) { return buffers_.emplace_back(count).data(); }

Plan::Plan(const Graph &graph, Engine &engine, float *inputs)
    : graph_(graph),
      memory_(static_cast<size_t>(graph.tensors())),
      roles_(graph.nodes().size(), Role::runs),
      written_(graph.nodes().size()) {
  fold_relus();
  lay_out(engine);
  place_values(inputs);
  place_gradients();
  for (size_t i = 0; i < graph.nodes().size(); i++) {
    const Graph::Node &node = graph.nodes()[i];
    if (roles_[i] == Role::view) continue;
    std::vector<Source> sources;
    for (size_t k = 0; k < node.sources.size(); k++) {
      const Memory &m = memory(node.sources[k]);
      const int gradient = written_[i].empty() ? -1 : written_[i][k];
      sources.push_back({m.desc, m.value, gradient < 0 ? nullptr : gradients_.data(gradient)});
    }
    const Memory &m = memory(node.target);
    node.layer->plan(engine, sources, {m.desc, m.value, m.total < 0 ? nullptr : gradients_.data(m.total)});
  }
  logits_ = memory(graph.logits()).value;
}

/// A ReLU whose only source is made by a layer that can do it in the same pass is a view of it.
void Plan::fold_relus() {
  for (size_t i = 0; i < graph_.nodes().size(); i++) {
    const Graph::Node &node = graph_.nodes()[i];
    memory(node.target).node = static_cast<int>(i);
    const float scale = node.layer->relu_scale();
    if (scale == 0 || graph_.tensor(node.sources[0]).uses > 1) continue;
    const int maker = memory(node.sources[0]).node;
    if (maker >= 0 && roles_[static_cast<size_t>(maker)] == Role::runs &&
        graph_.nodes()[static_cast<size_t>(maker)].layer->absorb_relu(scale)) {
      roles_[i] = Role::view;
    }
  }
}

void Plan::lay_out(Engine &engine) {
  memory_[0].desc = plain(engine, graph_.tensor(0).shape);
  for (size_t i = 0; i < graph_.nodes().size(); i++) {
    const Graph::Node &node = graph_.nodes()[i];
    std::vector<dnnl::memory::desc> sources;
    for (const int32_t source : node.sources) sources.push_back(memory(source).desc);
    memory(node.target).desc = roles_[i] == Role::view ? sources[0] : node.layer->layout(engine, sources);
  }
}

void Plan::place_values(float *inputs) {
  memory_[0].value = inputs;
  memory_[0].kept = true;
  for (size_t i = 0; i < graph_.nodes().size(); i++) {
    const Graph::Node &node = graph_.nodes()[i];
    Memory &target = memory(node.target), &first = memory(node.sources[0]);
    target.kept = node.layer->keeps_target();
    if (graph_.tensor(node.sources[0]).uses == 1 && roles_[i] != Role::view) {
      const Sharing sharing = node.layer->sharing();
      if (sharing == Sharing::view) roles_[i] = Role::view;
      if (sharing == Sharing::in_place && !first.kept) roles_[i] = Role::in_place;
    }
    switch (roles_[i]) {
      case Role::view:
        target.value = first.value;
        target.kept = first.kept;
        target.mutated = first.mutated;
        break;
      case Role::in_place:
        target.value = first.value;
        target.mutated = true;
        break;
      case Role::runs:
        target.value = take(floats(target.desc));
    }
  }
}

/// Whether a reader's share of its source's gradient may be its target's gradient, unchanged, which others read too:
/// only where nobody writes into it. Sums of shares are written into one that is a reader's own.
void Plan::share_gradient(const Graph::Node &node, size_t index, int32_t source) {
  Memory &from = memory(source);
  const Memory &target = memory(node.target);
  int gradient = target.total;
  const bool passes =
      roles_[index] != Role::runs || (node.layer->passes_gradients() && from.desc == target.desc &&
                                      (graph_.tensor(source).uses == 1 ? !from.mutated : from.lasting_readers > 0));
  if (!passes) gradient = gradients_.add(floats(from.desc), time(index));
  written_[index].push_back(gradient);
  from.shares.push_back(gradient);
  if (!passes || graph_.tensor(source).uses == 1) from.total = gradient;
  // Where it was shared, it is needed until its last reader is done.
  gradients_.use(gradient, from.node < 0 ? time(index) : time(static_cast<size_t>(from.node)));
}

void Plan::place_gradients() {
  for (size_t i = 0; i < graph_.nodes().size(); i++) {
    const Graph::Node &node = graph_.nodes()[i];
    if (roles_[i] != Role::runs || node.layer->passes_gradients()) continue;
    for (const int32_t source : node.sources) memory(source).lasting_readers++;
  }
  Memory &logits = memory(graph_.logits());
  logits.lasting_readers++;
  const bool any = graph_.tensor(graph_.logits()).wants_gradient;
  int of_loss = -1;
  if (any) {
    of_loss = logits.total = gradients_.add(floats(logits.desc), 0);
    logits.shares.push_back(of_loss);
    gradients_.use(of_loss, logits.node < 0 ? 0 : time(static_cast<size_t>(logits.node)));
  }
  for (size_t i = graph_.nodes().size(); i-- > 0;) {
    const Graph::Node &node = graph_.nodes()[i];
    if (memory(node.target).total < 0) continue;
    for (const int32_t source : node.sources) {
      if (graph_.tensor(source).wants_gradient) {
        share_gradient(node, i, source);
      } else {
        written_[i].push_back(-1);
      }
    }
  }
  gradients_.place();
  if (any) logit_gradients_ = gradients_.data(of_loss);
}

void Plan::forward(Engine &engine) const {
  for (size_t i = 0; i < graph_.nodes().size(); i++) {
    if (roles_[i] != Role::view) graph_.nodes()[i].layer->forward(engine);
  }
  engine.stream.wait();
}

/// Adds a tensor's shares, in the order of its readers.
void Plan::add_up(const Memory &memory) const {
  float *total = gradients_.data(memory.total);
  for (auto share = memory.shares.rbegin(); share != memory.shares.rend(); ++share) {
    if (*share == memory.total) continue;
    const float *more = gradients_.data(*share);
    each_element(floats(memory.desc), [=](int64_t i) { total[i] += more[i]; });
  }
}

void Plan::backward(Engine &engine) const {
  for (size_t i = graph_.nodes().size(); i-- > 0;) {
    const Graph::Node &node = graph_.nodes()[i];
    const Memory &target = memory(node.target);
    if (target.total < 0) continue;
    add_up(target);
    if (roles_[i] != Role::view) node.layer->backward(engine);
  }
  engine.stream.wait();
}

}  // namespace nero::nn
