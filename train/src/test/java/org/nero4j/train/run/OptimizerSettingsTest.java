package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nero4j.Constraint;
import org.nero4j.Device;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;

class OptimizerSettingsTest {
  /// The weights after two steps by different gradients.
  private static float[] stepped(String text) {
    float[] weights = {1, -2, 3, 0.5f, 0.25f, -1};
    float[] gradients = {0.5f, -1, 0.25f, 2, 1, 0.125f};
    try (Device device = Device.cpu();
        Optimizer optimizer =
            OptimizerSettings.parse(text)
                .builder()
                .over(device, Parameter.matrix("w", weights, gradients, 2, 3))) {
      optimizer.step();
      for (int i = 0; i < gradients.length; i++) {
        gradients[i] *= -1 - 0.3f * i;
      }
      optimizer.step();
    }
    return weights;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nero; nero:beta=0.5",
        "nero; nero:epsilon=0.1",
        "nero:constraint=none; nero:constraint=none,scale=current",
        "nero; nero:constraint=norm",
        "nero; nero:constraint=mean",
        "nero; nero:constraint=none",
        "sgd; sgd:momentum=0.9",
        "sgd:momentum=0.9; sgd:momentum=0.9,nesterov=true",
        "sgd:momentum=0.9; sgd:momentum=0.9,dampening=0.5",
        "sgd; sgd:weight-decay=0.1",
        "sgd; sgd:constraint=balanced",
        "adam; adam:beta1=0",
        "adam:weight-decay=0.1; adamw:weight-decay=0.1",
        "adam; adam:epsilon=0.5",
        "lamb; lamb:preset=deepspeed",
        "lamb; lamb:beta1=0",
        "lamb; lamb:constraint=balanced",
        "madam; madam:gradient-bound=0.1",
        "madam; madam:weight-scale=0.1",
        "fromage; fromage:weight-bound=0.01",
        "lars:lr=0.1; lars:lr=0.1,trust=0.5",
        "lars; lars:weight-decay=0.5",
      })
  void everyHyperParameterReachesTheOptimizer(String without, String with) {
    assertThat(stepped(with)).isNotEqualTo(stepped(without));
    assertThat(stepped(with)).isEqualTo(stepped(with));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nera| optimizer is 'nera', it must be nero, sgd, adam, adamw, lamb, madam, fromage or"
            + " lars",
        "nero:momentum=0.9| nero has no momentum; it has beta, epsilon and scale",
        "sgd:preset=apex| sgd has no preset; it has momentum, nesterov, dampening and weight-decay",
        "nero:beta=x| beta is 'x', no number",
        "sgd:nesterov=yes| nesterov is 'yes', it must be true or false",
        "nero:scale=big| scale is 'big', it must be stored or current",
        "nero:constraint=both| constraint is 'both', it must be none, mean, norm or balanced",
        "nero:lr=-1| learning rate is -1.0, it must be within 0 and 1000000",
        "nero:lr=NaN| learning rate is NaN, it must be within 0 and 1000000",
        "nero:lr=fast| learning rate 'fast' is no number",
        "nero:lr| optimizer 'nero:lr': 'lr' is no name=value",
      })
  void namesWhatItCannotRead(String text, String message) {
    assertThatThrownBy(() -> OptimizerSettings.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @EnumSource(OptimizerKind.class)
  void hasItsOwnRateAndConstraint(OptimizerKind kind) {
    OptimizerSettings settings = OptimizerSettings.parse(kind.toString());
    assertThat(settings.learningRate()).isEqualTo(kind.defaultRate());
    assertThat(settings.constraint())
        .isEqualTo(kind == OptimizerKind.NERO ? Constraint.BALANCED : Constraint.NONE);
  }

  @Test
  void itsLabelLeavesDefaultsOut() {
    assertThat(OptimizerSettings.parse("nero:lr=0.5").label()).isEqualTo("nero");
    assertThat(OptimizerSettings.parse("nero:constraint=none").label()).isEqualTo("nero free");
    assertThat(OptimizerSettings.parse("adam:beta1=0,constraint=norm").label())
        .isEqualTo("adam norm beta1=0");
  }
}
