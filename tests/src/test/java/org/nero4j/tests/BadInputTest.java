package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.AlignmentException;
import org.nero4j.ClosedException;
import org.nero4j.ConcurrentUseException;
import org.nero4j.Device;
import org.nero4j.DeviceException;
import org.nero4j.InvalidArgumentException;
import org.nero4j.NeroException;
import org.nero4j.NotFoundException;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.OverlapException;
import org.nero4j.Parameter;
import org.nero4j.SizeMismatchException;
import org.nero4j.UnsupportedTypeException;

/// Every optimiser refuses every fault by a typed exception that names the parameter and the
/// numbers, at construction and when rebound; and not a weight has changed then.
class BadInputTest {
  private static final float[] WEIGHTS = {3, -1, 2, 0.5f, 1, -4, 2, 2, 1, -1, 0.25f, 8};
  private static final int BYTES = 4 * WEIGHTS.length;

  /// A parameter `w` of 3 x 4 with something wrong, made of good weights and gradients.
  record Fault(
      String what,
      Class<? extends NeroException> type,
      List<String> says,
      BiFunction<MemorySegment, MemorySegment, Parameter> make) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Parameter matrix(MemorySegment w, MemorySegment g) {
    return Parameter.matrix("w", w, g, 3, 4);
  }

  private static MemorySegment closed() {
    try (Arena arena = Arena.ofConfined()) {
      return arena.allocate(BYTES, 4);
    }
  }

  private static MemorySegment ofAnotherThread() {
    MemorySegment[] made = new MemorySegment[1];
    Thread thread = new Thread(() -> made[0] = Arena.ofConfined().allocate(BYTES, 4));
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return made[0];
  }

  static final List<Fault> FAULTS =
      List.of(
          new Fault(
              "weights too short",
              SizeMismatchException.class,
              List.of("'w'", "48", "44"),
              (w, g) -> matrix(w.asSlice(0, 44), g)),
          new Fault(
              "gradients too long",
              SizeMismatchException.class,
              List.of("'w'", "gradient", "48", "52"),
              (w, g) -> matrix(w, Arena.ofAuto().allocate(52, 4))),
          new Fault(
              "no whole number of floats",
              SizeMismatchException.class,
              List.of("'w'", "48", "47"),
              (w, g) -> matrix(w.asSlice(0, 47), g)),
          new Fault(
              "a shape below zero",
              SizeMismatchException.class,
              List.of("'w'", "-3"),
              (w, g) -> Parameter.matrix("w", w, g, -3, 4)),
          new Fault(
              "a shape beyond all memory",
              SizeMismatchException.class,
              List.of("'w'", "4611686018427387904"),
              (w, g) -> Parameter.matrix("w", w, g, 1L << 62, 4)),
          new Fault(
              "weights misaligned",
              AlignmentException.class,
              List.of("'w'", "4", "2"),
              (w, g) -> matrix(Arena.ofAuto().allocate(BYTES + 2, 4).asSlice(2, BYTES), g)),
          new Fault(
              "gradients misaligned",
              AlignmentException.class,
              List.of("'w'", "gradient"),
              (w, g) -> matrix(w, Arena.ofAuto().allocate(BYTES + 1, 4).asSlice(1, BYTES))),
          new Fault(
              "weights read-only",
              InvalidArgumentException.class,
              List.of("'w'", "read-only"),
              (w, g) -> matrix(w.asReadOnly(), g)),
          new Fault(
              "weights that are their gradients",
              OverlapException.class,
              List.of("'w'"),
              (w, g) -> matrix(w, w)),
          new Fault(
              "gradients that begin in the weights",
              OverlapException.class,
              List.of("'w'"),
              (w, g) -> {
                MemorySegment both = Arena.ofAuto().allocate(2 * BYTES, 4);
                return matrix(both.asSlice(0, BYTES), both.asSlice(BYTES - 4, BYTES));
              }),
          new Fault(
              "weights of a closed arena",
              ClosedException.class,
              List.of("'w'"),
              (w, g) -> matrix(closed(), g)),
          new Fault(
              "gradients of a closed arena",
              ClosedException.class,
              List.of("'w'"),
              (w, g) -> matrix(w, closed())),
          new Fault(
              "weights of another thread",
              ConcurrentUseException.class,
              List.of("'w'"),
              (w, g) -> matrix(ofAnotherThread(), g)),
          new Fault(
              "a null address",
              InvalidArgumentException.class,
              List.of("'w'", "address 0", "12"),
              (w, g) -> matrix(MemorySegment.NULL.reinterpret(BYTES), g)),
          new Fault(
              "an array of integers",
              UnsupportedTypeException.class,
              List.of("'w'", "int[]"),
              (w, g) -> matrix(MemorySegment.ofArray(new int[12]), g)),
          new Fault(
              "an array of doubles for gradients",
              UnsupportedTypeException.class,
              List.of("'w'", "double[]"),
              (w, g) -> matrix(w, MemorySegment.ofArray(new double[6]))),
          new Fault(
              "a learning rate factor that is NaN",
              InvalidArgumentException.class,
              List.of("'w'", "nan"),
              (w, g) -> matrix(w, g).withLearningRateFactor(Double.NaN)),
          new Fault(
              "a weight decay factor below zero",
              InvalidArgumentException.class,
              List.of("'w'", "-1"),
              (w, g) -> matrix(w, g).withWeightDecayFactor(-1)),
          new Fault(
              "an infinite scale",
              InvalidArgumentException.class,
              List.of("'w'", "inf"),
              (w, g) -> matrix(w, g).withScale(Double.POSITIVE_INFINITY)));

  record Case(String kind, Fault fault) {
    @Override
    public String toString() {
      return kind + ": " + fault;
    }
  }

  static Stream<Case> everyFaultForEveryKind() {
    return OptimizerCases.kinds().stream()
        .flatMap(kind -> FAULTS.stream().map(fault -> new Case(kind, fault)));
  }

  private static void requireRefused(Case c, Throwable thrown) {
    assertThat(thrown).as(c.toString()).isInstanceOf(c.fault().type());
    for (String part : c.fault().says()) {
      assertThat(thrown.getMessage()).as(c.toString()).containsIgnoringCase(part);
    }
  }

  @ParameterizedTest
  @MethodSource("everyFaultForEveryKind")
  void isRefusedAtConstruction(Case c) {
    try (Arena arena = Arena.ofConfined();
        Device device = Device.cpu()) {
      MemorySegment other = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      MemorySegment w = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      MemorySegment g = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      OptimizerBuilder<?, ?> builder = OptimizerCases.KINDS.get(c.kind()).make();
      requireRefused(
          c,
          catchThrowable(
              () ->
                  builder.over(
                      device,
                      Parameter.matrix("other", other, g, 3, 4),
                      c.fault().make().apply(w, g))));
      assertThat(other.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(WEIGHTS);
      assertThat(w.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(WEIGHTS);
    }
  }

  @ParameterizedTest
  @MethodSource("everyFaultForEveryKind")
  void isRefusedWhenRebound(Case c) {
    try (Arena arena = Arena.ofConfined();
        Device device = Device.cpu()) {
      MemorySegment w = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      MemorySegment g = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      Optimizer optimizer = OptimizerCases.KINDS.get(c.kind()).make().over(device, matrix(w, g));
      Parameter bad = c.fault().make().apply(w, g);
      boolean ofMemory =
          bad.learningRateFactor() == 1 && bad.weightDecayFactor() == 1 && bad.scale() == 0;
      if (ofMemory) {
        requireRefused(c, catchThrowable(() -> optimizer.rebind(bad)));
      } else {
        optimizer.rebind(bad); // Takes over memory alone, as documented.
      }
      assertThat(optimizer.parameters().getFirst().weights().address()).isEqualTo(w.address());
      optimizer.step();
      assertThat(w.toArray(ValueLayout.JAVA_FLOAT)).isNotEqualTo(WEIGHTS);
    }
  }

  static Stream<String> kinds() {
    return OptimizerCases.kinds().stream();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatIsNoNumberIsNoHyperParameter(String kind) throws Exception {
    List<Method> setters =
        Arrays.stream(OptimizerCases.KINDS.get(kind).make().getClass().getMethods())
            .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
            .filter(m -> Arrays.equals(m.getParameterTypes(), new Class<?>[] {double.class}))
            .toList();
    try (Device device = Device.cpu()) {
      for (Method setter : setters) {
        for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, -0.5}) {
          OptimizerBuilder<?, ?> builder = OptimizerCases.KINDS.get(kind).make();
          Throwable thrown = catchThrowable(() -> build(builder, setter, bad, device));
          assertThat(thrown)
              .as("%s.%s(%s)", kind, setter.getName(), bad)
              .isInstanceOf(InvalidArgumentException.class);
          String snake = setter.getName().replaceAll("([A-Z])", "_$1").toLowerCase();
          assertThat(thrown.getMessage()).containsIgnoringCase(snake);
        }
      }
    }
  }

  private static void build(
      OptimizerBuilder<?, ?> builder, Method setter, double bad, Device device) throws Throwable {
    try {
      setter.invoke(builder, bad);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    builder.over(device);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void ratesAndScalesAreChecked(String kind) {
    try (Device device = Device.cpu()) {
      float[] w = WEIGHTS.clone();
      Optimizer optimizer =
          OptimizerCases.KINDS
              .get(kind)
              .make()
              .over(device, Parameter.matrix("w", w, WEIGHTS.clone(), 3, 4));
      float[] before = w.clone();
      for (double bad : new double[] {-1e-9, Double.NaN, 1e6 + 1, Double.POSITIVE_INFINITY}) {
        assertThat(catchThrowable(() -> optimizer.setLearningRate(bad)))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("learning rate is " + bad);
      }
      for (double bad : new double[] {0, Double.NaN, 1e31, -1e31, 1e-31}) {
        assertThat(catchThrowable(() -> optimizer.setGradientScale(bad)))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("gradient scale is " + bad);
      }
      assertThat(catchThrowable(() -> optimizer.states("none")))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("'none'");
      assertThat(catchThrowable(() -> optimizer.readState("w", "none", MemorySegment.ofArray(w))))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("none");
      long[] big = new long[99];
      for (var state : optimizer.states("w")) {
        assertThat(
                catchThrowable(
                    () -> optimizer.readState("w", state.name(), MemorySegment.ofArray(big))))
            .isInstanceOf(SizeMismatchException.class)
            .hasMessageContaining(String.valueOf(state.bytes()))
            .hasMessageContaining("792");
        assertThat(
                catchThrowable(
                    () -> optimizer.writeState("w", state.name(), MemorySegment.ofArray(big))))
            .isInstanceOf(SizeMismatchException.class);
      }
      assertThat(w).containsExactly(before);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void memoryOfAnotherDeviceIsRefused(String kind) {
    try (Device device = Device.cpu();
        Device other = Device.cpu()) {
      var w = other.allocateFloats(12).copyFrom(WEIGHTS);
      var g = other.allocateFloats(12).copyFrom(WEIGHTS);
      Throwable thrown =
          catchThrowable(
              () ->
                  OptimizerCases.KINDS
                      .get(kind)
                      .make()
                      .over(device, Parameter.matrix("w", w, g, 3, 4)));
      assertThat(thrown).isInstanceOf(DeviceException.class).hasMessageContaining("'w'");
      assertThat(w.toFloats()).containsExactly(WEIGHTS);
    }
  }
}
