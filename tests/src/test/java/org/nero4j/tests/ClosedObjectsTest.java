package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.Executable;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.ClosedException;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.Event;
import org.nero4j.HostMemory;
import org.nero4j.Optimizer;
import org.nero4j.StepGraph;

/// Every method of every object that can be closed, called after that: an exception that says so,
/// or an answer that needs nothing native.
class ClosedObjectsTest {
  private static final Set<Class<?>> CLOSEABLE =
      Set.of(
          Optimizer.class,
          Device.class,
          DeviceMemory.class,
          StepGraph.class,
          Event.class,
          HostMemory.class,
          org.nero4j.Stream.class);

  /// What is known without the native side; and closing, which may be done twice.
  private static final Set<String> STILL_ANSWERS =
      Set.of(
          "Device.close()",
          "Device.info()",
          "Device.isClosed()",
          "Device.kind()",
          "Device.stream()",
          "DeviceMemory.byteSize()",
          "DeviceMemory.close()",
          "DeviceMemory.device()",
          "DeviceMemory.segment()",
          "Event.close()",
          "Event.device()",
          "HostMemory.byteSize()",
          "HostMemory.close()",
          "HostMemory.device()",
          "HostMemory.segment()",
          "Optimizer.close()",
          "Optimizer.device()",
          "Optimizer.gradientScale()",
          "Optimizer.isClosed()",
          "Optimizer.learningRate()",
          "Optimizer.parameters()",
          "StepGraph.close()",
          "Stream.device()");

  static Stream<Executable> methods() {
    return PublicEntries.all().stream()
        .filter(e -> CLOSEABLE.contains(e.getDeclaringClass()) && !PublicEntries.isStatic(e));
  }

  @Test
  void everyAnswerIsOfAMethodThatExists() {
    assertThat(methods().map(PublicEntries::name)).containsAll(STILL_ANSWERS);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void refusesOrAnswers(Executable method) throws Exception {
    try (Fixture fixture = new Fixture()) {
      Object[] arguments = fixture.arguments(method);
      Object target = fixture.target(method);
      fixture.device.close();
      if (STILL_ANSWERS.contains(PublicEntries.name(method))) {
        PublicEntries.invoke(method, target, arguments);
        return;
      }
      Throwable thrown = catchThrowable(() -> PublicEntries.invoke(method, target, arguments));
      assertThat(thrown).isNotNull();
      assertThat(thrown.getCause())
          .isInstanceOf(ClosedException.class)
          .hasMessageContaining("is closed");
    }
  }

  @Test
  void aClosedDeviceTakesNoOptimizerAndNoForeignMemory() {
    Device device = Device.cpu();
    device.close();
    assertThat(catchThrowable(() -> DeviceMemory.ofAddress(device, 64, 4)))
        .isInstanceOf(ClosedException.class);
    for (String kind : OptimizerCases.kinds()) {
      assertThat(catchThrowable(() -> OptimizerCases.KINDS.get(kind).make().over(device)))
          .as(kind)
          .isInstanceOf(ClosedException.class);
    }
  }
}
