package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nero4j.train.loop.Balance;
import org.nero4j.train.loop.Epoch;

/// An epoch as a line of `metrics.jsonl`, from which it can be read again.
final class EpochLine {
  private EpochLine() {}

  /// All of an epoch that can be drawn over its steps, by name.
  static Map<String, Double> scalars(Epoch epoch) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("learningRate", epoch.rate());
    scalars.put("trainLoss", epoch.trainLoss());
    scalars.put("trainAccuracy", epoch.trainAccuracy());
    scalars.put("testLoss", epoch.testLoss());
    scalars.put("testAccuracy", epoch.testAccuracy());
    scalars.put("seconds", epoch.seconds());
    scalars.put("stepSeconds", epoch.stepSeconds());
    scalars.put("meanAbsMean", epoch.balance().meanAbsMean());
    scalars.put("maxNormError", epoch.balance().maxNormError());
    scalars.put("meanAngle", epoch.balance().meanAngle());
    scalars.put("maxAngle", epoch.balance().maxAngle());
    return scalars;
  }

  static ObjectNode write(Epoch epoch) {
    ObjectNode line = RunFolder.JSON.createObjectNode();
    line.put("epoch", epoch.number());
    line.put("step", epoch.step());
    scalars(epoch).forEach((name, value) -> RunFolder.number(line, name, value));
    line.put("wallTime", epoch.wallTime());
    return line;
  }

  /// A number that is missing, or was not finite, is NaN.
  static Epoch read(JsonNode line) {
    return new Epoch(
        line.path("epoch").asInt(),
        line.path("step").asLong(),
        number(line, "learningRate"),
        number(line, "trainLoss"),
        number(line, "trainAccuracy"),
        number(line, "testLoss"),
        number(line, "testAccuracy"),
        number(line, "seconds"),
        number(line, "stepSeconds"),
        number(line, "wallTime"),
        new Balance(
            number(line, "meanAbsMean"),
            number(line, "maxNormError"),
            number(line, "meanAngle"),
            number(line, "maxAngle")));
  }

  private static double number(JsonNode line, String name) {
    return line.path(name).asDouble(Double.NaN);
  }
}
