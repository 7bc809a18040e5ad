package org.nero4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;

/// A tensor set in memory, a device with so many threads, and the yardsticks on the same buffers.
///
/// Tensors lie one after the other, so that a yardstick may walk them as one. Pages are those that
/// the library allocates, for both.
public final class Workbench implements AutoCloseable {
  private static final int BLOCK = 1 << 16;

  private final TensorSet set;
  private final long[] ends;
  private final Device device;
  private final Floor floor;
  private final DeviceMemory weights;
  private final DeviceMemory gradients;
  private DeviceMemory m;
  private DeviceMemory v;

  /// @param threads of steps and yardsticks
  public Workbench(TensorSet set, int threads) {
    this.set = set;
    ends = set.ends();
    device = Device.cpu(CpuSettings.defaults().withThreads(threads));
    floor = new Floor(threads);
    weights = device.allocateFloats(set.span());
    gradients = device.allocateFloats(set.span());
    fill(weights.segment(), 1);
    fill(gradients.segment(), 2);
  }

  /// An optimiser over the set; the caller closes it.
  public Optimizer optimizer(OptimizerKind kind) {
    return optimizer(kind, set);
  }

  /// An optimiser over the same memory as other tensors; the caller closes it.
  ///
  /// @throws IllegalArgumentException if there are more elements of it than of the set
  Optimizer optimizer(OptimizerKind kind, TensorSet other) {
    if (other.span() > set.span()) {
      throw new IllegalArgumentException(
          "'%s' spans %d elements, '%s' here has %d"
              .formatted(other.name(), other.span(), set.name(), set.span()));
    }
    return kind.builder().over(device, parameters(other));
  }

  private List<Parameter> parameters(TensorSet of) {
    List<Parameter> all = new ArrayList<>();
    long[] ends = of.ends();
    long at = 0;
    for (int i = 0; i < ends.length; i++) {
      TensorSet.Tensor t = of.tensors().get(i);
      MemorySegment w = weights.segment().asSlice(at * 4, t.count() * 4);
      MemorySegment g = gradients.segment().asSlice(at * 4, t.count() * 4);
      all.add(t.parameter("p" + i, w, g));
      at = ends[i];
    }
    return all;
  }

  /// A yardstick over the same weights and gradients, and state of its own where it needs some.
  public Runnable floor(Floor.Loop loop) {
    boolean one =
        loop == Floor.Loop.MOMENTUM
            || loop == Floor.Loop.NORMS_MOMENTUM
            || loop == Floor.Loop.ADAM
            || loop == Floor.Loop.LAMB;
    boolean two = loop == Floor.Loop.ADAM || loop == Floor.Loop.LAMB;
    if (one && m == null) {
      m = device.allocateFloats(set.span());
    }
    if (two && v == null) {
      v = device.allocateFloats(set.span());
    }
    return floor.loop(
        loop,
        weights.segment(),
        gradients.segment(),
        one ? m.segment() : MemorySegment.NULL,
        two ? v.segment() : MemorySegment.NULL,
        ends);
  }

  /// Numbers within +-0.5, drawn once for a block and then moved along: memory does not care, and a
  /// billion draws would take longer than what is measured.
  private static void fill(MemorySegment to, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] block = new float[BLOCK];
    for (int i = 0; i < block.length; i++) {
      block[i] = (float) (random.nextDouble() - 0.5);
    }
    long count = to.byteSize() / 4;
    int step = block.length - 1;
    for (long at = 0; at < count; at += step) {
      MemorySegment.copy(
          block, 0, to, ValueLayout.JAVA_FLOAT, at * 4, (int) Math.min(step, count - at));
    }
  }

  @Override
  public void close() {
    floor.close();
    device.close();
  }
}
