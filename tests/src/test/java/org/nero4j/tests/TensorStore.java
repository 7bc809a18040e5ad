package org.nero4j.tests;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.Layout;
import org.nero4j.Parameter;

/// Where a test keeps the tensors of a model.
interface TensorStore {
  /// Makes room for a tensor and its gradient.
  void put(Trajectory.Tensor tensor, float[] weights);

  void gradients(Trajectory.Tensor tensor, float[] values);

  float[] weights(Trajectory.Tensor tensor);

  Parameter parameter(Trajectory.Tensor tensor, Layout layout, boolean withGradient);

  /// Segments of an arena, or Java arrays.
  static TensorStore segments(Arena arena, boolean heap) {
    return new TensorStore() {
      private final Map<String, MemorySegment> weights = new HashMap<>();
      private final Map<String, MemorySegment> gradients = new HashMap<>();

      private MemorySegment segment(float[] values) {
        return heap
            ? MemorySegment.ofArray(values)
            : arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
      }

      @Override
      public void put(Trajectory.Tensor t, float[] values) {
        weights.put(t.name(), segment(values));
        gradients.put(t.name(), segment(new float[values.length]));
      }

      @Override
      public void gradients(Trajectory.Tensor t, float[] values) {
        gradients.get(t.name()).copyFrom(MemorySegment.ofArray(values));
      }

      @Override
      public float[] weights(Trajectory.Tensor t) {
        return weights.get(t.name()).toArray(ValueLayout.JAVA_FLOAT);
      }

      @Override
      public Parameter parameter(Trajectory.Tensor t, Layout layout, boolean withGradient) {
        MemorySegment w = weights.get(t.name());
        MemorySegment g = withGradient ? gradients.get(t.name()) : null;
        Parameter p =
            t.matrix()
                ? Parameter.matrix(t.name(), w, g, t.neurons(), t.fanIn())
                : Parameter.vector(t.name(), w, g);
        return layout == Layout.COLUMNS && t.matrix() ? p.inColumns() : p;
      }
    };
  }

  /// Memory of a device.
  static TensorStore memory(Device device) {
    return new TensorStore() {
      private final Map<String, DeviceMemory> weights = new HashMap<>();
      private final Map<String, DeviceMemory> gradients = new HashMap<>();

      @Override
      public void put(Trajectory.Tensor t, float[] values) {
        weights.put(t.name(), device.allocateFloats(values.length).copyFrom(values));
        gradients.put(t.name(), device.allocateFloats(values.length));
      }

      @Override
      public void gradients(Trajectory.Tensor t, float[] values) {
        gradients.get(t.name()).copyFrom(values);
      }

      @Override
      public float[] weights(Trajectory.Tensor t) {
        return weights.get(t.name()).toFloats();
      }

      @Override
      public Parameter parameter(Trajectory.Tensor t, Layout layout, boolean withGradient) {
        DeviceMemory w = weights.get(t.name());
        DeviceMemory g = withGradient ? gradients.get(t.name()) : null;
        Parameter p =
            t.matrix()
                ? Parameter.matrix(t.name(), w, g, t.neurons(), t.fanIn())
                : Parameter.vector(t.name(), w, g);
        return layout == Layout.COLUMNS && t.matrix() ? p.inColumns() : p;
      }
    };
  }
}
