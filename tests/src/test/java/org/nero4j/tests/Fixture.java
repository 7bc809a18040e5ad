package org.nero4j.tests;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Executable;
import java.util.List;
import org.nero4j.Constraint;
import org.nero4j.CpuSettings;
import org.nero4j.DegeneratePolicy;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.Lamb;
import org.nero4j.LambPreset;
import org.nero4j.Nero;
import org.nero4j.NonFinitePolicy;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;
import org.nero4j.ScaleKind;
import org.nero4j.Status;
import org.nero4j.StepCount;

/// One live object of each kind, and good arguments for every public entry.
final class Fixture implements AutoCloseable {
  static final float[] WEIGHTS = {3, -1, 2, 0.5f, 1, -4};
  static final float[] GRADIENTS = {0.1f, 0.2f, -0.3f, 1, 0, -1};

  final Arena arena = Arena.ofConfined();
  final Device device = Device.cpu();
  final DeviceMemory memory = device.allocateFloats(6).copyFrom(WEIGHTS);
  final Optimizer optimizer =
      Nero.withLearningRate(0.01).over(device, Parameter.matrix("w", floats(), floats(), 2, 3));

  private MemorySegment floats() {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
  }

  /// An object to call a method on.
  Object target(Executable e) {
    Class<?> type = e.getDeclaringClass();
    if (OptimizerBuilder.class.isAssignableFrom(type)) {
      return OptimizerCases.KINDS.values().stream()
          .map(OptimizerCases.Maker::make)
          .filter(type::isInstance)
          .findFirst()
          .orElseThrow();
    }
    return switch (type.getSimpleName()) {
      case "Optimizer" -> optimizer;
      case "Device" -> device;
      case "DeviceMemory" -> memory;
      case "Stream" -> device.stream();
      case "StepGraph" -> optimizer.capture();
      case "Event" -> device.event().record();
      case "HostMemory" -> device.allocateHost(24);
      case "Parameter" -> Parameter.matrix("v", floats(), floats(), 2, 3);
      case "CpuSettings" -> CpuSettings.defaults();
      default -> throw new IllegalArgumentException("no object for " + PublicEntries.name(e));
    };
  }

  /// Good arguments, each of them new.
  Object[] arguments(Executable e) {
    Class<?>[] types = e.getParameterTypes();
    Object[] arguments = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      arguments[i] = argument(e, i, types[i]);
    }
    return arguments;
  }

  private Object argument(Executable e, int index, Class<?> type) {
    if (type == long.class) {
      // Of a matrix, 2 x 3; of memory, its size.
      return index == 4 ? 3L : 2L;
    }
    if (type == String.class) {
      return switch (e.getDeclaringClass().getSimpleName()) {
        case "CpuSettings" -> "generic";
        case "Optimizer" -> index == 0 ? "w" : "square";
        default -> "w";
      };
    }
    if (type == MemorySegment.class) {
      // The state "square" of two neurons has 16 bytes, the weights have 24.
      return e.getName().endsWith("State") ? arena.allocate(16, 8) : floats();
    }
    return switch (type.getSimpleName()) {
      case "double" -> 0.5;
      case "float" -> 1f;
      case "boolean" -> true;
      case "int" -> 1;
      case "float[]" -> WEIGHTS.clone();
      case "Device" -> device;
      case "DeviceMemory" -> device.allocateFloats(6).copyFrom(WEIGHTS);
      case "Event" -> device.event().record();
      case "HostMemory" -> device.allocateHost(24);
      case "CpuSettings" -> CpuSettings.defaults();
      case "Parameter[]" -> new Parameter[] {Parameter.matrix("w", floats(), floats(), 2, 3)};
      case "List" -> List.of(Parameter.matrix("w", floats(), floats(), 2, 3));
      case "Constraint" -> Constraint.BALANCED;
      case "NonFinitePolicy" -> NonFinitePolicy.SKIP_STEP;
      case "DegeneratePolicy" -> DegeneratePolicy.EXEMPT;
      case "StepCount" -> StepCount.SHARED;
      case "ScaleKind" -> ScaleKind.CURRENT;
      case "LambPreset" -> LambPreset.APEX;
      case "Correction" -> Lamb.Correction.NONE;
      case "Decay" -> Lamb.Decay.COUPLED;
      case "Status" -> Status.SIZE;
      case "SegmentAllocator" -> (SegmentAllocator) arena;
      default -> throw new IllegalArgumentException("no %s for %s".formatted(type, e));
    };
  }

  @Override
  public void close() {
    device.close();
    arena.close();
  }
}
