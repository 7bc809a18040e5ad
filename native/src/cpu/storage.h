// How weights and gradients lie in memory, as the drivers are told by a template argument: their arithmetic is in float
// and double whatever the storage. Included by drivers.h alone.
#pragma once

struct F32 {
  using Element = float;

  static NERO_INLINE Lanes load(const Element *from) { return load_lanes(from); }
  static NERO_INLINE void store(Element *to, const Lanes &x) { store_lanes(to, x); }
  static NERO_INLINE Lanes load_partial(const Element *from, int64_t count) { return load_partial_lanes(from, count); }
  static NERO_INLINE void store_partial(Element *to, const Lanes &x, int64_t count) {
    store_partial_lanes(to, x, count);
  }
  static NERO_INLINE float get(const Element *from) { return *from; }
  static NERO_INLINE void put(Element *to, float x) { *to = x; }
};

/// A place in a tensor.
template <class Storage>
struct Place {
  typename Storage::Element *w;
  const typename Storage::Element *g;

  NERO_INLINE Place operator+(int64_t elements) const { return {w + elements, g + elements}; }
  NERO_INLINE float weight(int64_t i) const { return Storage::get(w + i); }
  NERO_INLINE float gradient(int64_t i) const { return Storage::get(g + i); }
};

/// t: a tensor, or an item of a series.
template <class Storage, class Where>
NERO_INLINE Place<Storage> start(const Where &t) {
  return {static_cast<typename Storage::Element *>(t.weights),
          static_cast<const typename Storage::Element *>(t.gradients)};
}

/// A neuron's weights or gradients, adjacent in rows and one in each row in columns.
template <class Storage, class Element>
struct Strided {
  Element *at;
  int64_t count, stride;

  NERO_INLINE float operator[](int64_t i) const { return Storage::get(at + i * stride); }
  NERO_INLINE void put(int64_t i, float x) const { Storage::put(at + i * stride, x); }
};

/// elements: the tensor's weights or gradients.
template <class Storage, class Element>
NERO_INLINE Strided<Storage, Element> neuron_of(const Tensor &t, Element *elements, int64_t neuron) {
  if (t.layout == NERO_COLUMNS) return {elements + neuron, t.fan_in, t.neurons};
  return {elements + neuron * t.fan_in, t.fan_in, 1};
}

template <class Storage>
NERO_INLINE Strided<Storage, typename Storage::Element> weights_of(const Tensor &t, int64_t neuron) {
  return neuron_of<Storage>(t, start<Storage>(t).w, neuron);
}

template <class Storage>
NERO_INLINE Strided<Storage, const typename Storage::Element> gradients_of(const Tensor &t, int64_t neuron) {
  return neuron_of<Storage>(t, start<Storage>(t).g, neuron);
}
