package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.InvalidArgumentException;
import org.nero4j.Status;

/// Null for every argument of every public entry: a typed exception that names it, or what the
/// documentation says that null means.
class NullArgumentsTest {
  /// Where null has a meaning.
  private static final Set<String> NULL_IS_LEGAL =
      Set.of(
          "CpuSettings.new(int, String) 1",
          "CpuSettings.withLevel(String) 0",
          "Optimizer.rebind(String, MemorySegment, MemorySegment) 2",
          "Optimizer.rebindGradients(String, MemorySegment) 1",
          "Parameter.matrix(String, DeviceMemory, DeviceMemory, long, long) 2",
          "Parameter.matrix(String, MemorySegment, MemorySegment, long, long) 2",
          "Parameter.matrix(String, float[], float[], long, long) 2",
          "Parameter.vector(String, DeviceMemory, DeviceMemory) 2",
          "Parameter.vector(String, MemorySegment, MemorySegment) 2",
          "Parameter.vector(String, float[], float[]) 2");

  /// Succeed with good arguments only where a GPU is; their null is tested with the devices.
  private static final Set<String> NEEDS_A_GPU =
      Set.of("Device.cuda(int, MemorySegment)", "Stream.waitForStream(MemorySegment)");

  /// What the library hands out, and what it shares with its own modules.
  private static final Set<String> NOT_FOR_CALLERS =
      Set.of(
          "DeviceInfo",
          "NativeRuntime",
          "StateInfo",
          "StepReport",
          "NativeErrors",
          "NativeResources");

  record Case(Executable entry, int index) {
    @Override
    public String toString() {
      return PublicEntries.name(entry) + " " + index;
    }
  }

  static Stream<Case> references() {
    return PublicEntries.all().stream()
        .filter(e -> !NOT_FOR_CALLERS.contains(e.getDeclaringClass().getSimpleName()))
        .filter(e -> !NEEDS_A_GPU.contains(PublicEntries.name(e)))
        .flatMap(
            e ->
                IntStream.range(0, e.getParameterCount())
                    .filter(i -> !e.getParameterTypes()[i].isPrimitive())
                    .mapToObj(i -> new Case(e, i)));
  }

  @Test
  void everyLegalNullIsOfAnEntryThatExists() {
    assertThat(references().map(Case::toString)).containsAll(NULL_IS_LEGAL);
  }

  @ParameterizedTest
  @MethodSource("references")
  void isRefusedOrMeansWhatItIsSaidTo(Case c) throws Throwable {
    try (Fixture fixture = new Fixture()) {
      Object[] arguments = fixture.arguments(c.entry());
      Object target = PublicEntries.isStatic(c.entry()) ? null : fixture.target(c.entry());
      // First with nothing wrong, so that what follows is about the null.
      PublicEntries.invoke(c.entry(), target, arguments);
      arguments = fixture.arguments(c.entry());
      arguments[c.index()] = null;
      if (NULL_IS_LEGAL.contains(c.toString())) {
        PublicEntries.invoke(c.entry(), target, arguments);
        return;
      }
      Object[] bad = arguments;
      Throwable thrown = catchThrowable(() -> PublicEntries.invoke(c.entry(), target, bad));
      assertThat(thrown).isInstanceOf(InvocationTargetException.class);
      assertThat(thrown.getCause())
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageEndingWith("is null")
          .satisfies(
              e -> assertThat(((InvalidArgumentException) e).status()).isEqualTo(Status.NULL));
    }
  }
}
