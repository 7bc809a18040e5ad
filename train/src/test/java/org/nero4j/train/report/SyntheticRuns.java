package org.nero4j.train.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// Writes run folders that look like those of real training: curves that rise and flatten, seeds
/// that scatter, rates that are too high.
final class SyntheticRuns {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;
  private String experiment;
  private String model = "mlp";
  private int epochs = 5;

  SyntheticRuns(Path root) {
    this.root = root;
  }

  SyntheticRuns experiment(String name) {
    experiment = name;
    return this;
  }

  SyntheticRuns model(String name) {
    model = name;
    return this;
  }

  SyntheticRuns epochs(int count) {
    epochs = count;
    return this;
  }

  /// How well an optimiser does, in this made-up world, at a rate away from its best one.
  private static double quality(String optimizer, double rate) {
    double best =
        switch (optimizer) {
          case "nero" -> 0.01;
          case "sgd" -> 0.1;
          default -> 0.001;
        };
    double width = optimizer.equals("nero") ? 2.2 : 1.1;
    double away = Math.log10(rate / best) / width;
    double top = optimizer.equals("nero") ? 0.885 : 0.872 - 0.004 * (optimizer.length() % 4);
    return 0.1 + (top - 0.1) * Math.exp(-away * away);
  }

  /// Every optimiser at every rate with seeds from 0.
  SyntheticRuns grid(String[] optimizers, double[] rates, int seeds) throws IOException {
    for (String optimizer : optimizers) {
      for (double rate : rates) {
        for (int seed = 0; seed < seeds; seed++) {
          finished(optimizer, rate, seed);
        }
      }
    }
    return this;
  }

  Path finished(String optimizer, double rate, long seed) throws IOException {
    return write(optimizer + "-" + rate + "-s" + seed, optimizer, rate, seed, "finished", epochs);
  }

  /// A run folder with as many epochs as given.
  Path write(String name, String optimizer, double rate, long seed, String status, int done)
      throws IOException {
    SplittableRandom random = new SplittableRandom((optimizer + rate).hashCode() * 31L + seed);
    boolean constrained = optimizer.equals("nero");
    double quality = quality(optimizer, rate) + random.nextGaussian() * 0.003;
    ObjectNode run = JSON.createObjectNode();
    run.put("format", 1).put("name", name).put("experiment", experiment).putNull("arm");
    run.put("status", status).put("version", "0.1.0").put("commit", "0123abc");
    run.put("started", "2026-01-02T03:04:05Z").putNull("finished");
    run.put("machine", "two-core virtual machine").put("java", "25.0.3").put("threads", 2);
    run.put("cpuLevel", "x86-64-v4");
    run.putObject("model").put("name", model).put("weights", 2_466_464);
    run.putObject("data").put("name", "fashion-mnist").put("train", 60000).put("test", 10000);
    ObjectNode settings = run.putObject("optimizer").put("name", optimizer);
    settings.put("learningRate", rate).put("constraint", constrained ? "balanced" : "none");
    run.put("schedule", "constant").put("epochs", epochs).put("batch", 250).put("seed", seed);
    long adam = 8L * 2_466_464;
    long state = constrained ? 8L * 3146 : optimizer.equals("sgd") ? 0 : adam;
    run.put("stateBytes", state).put("adamStateBytes", adam);
    StringBuilder metrics = new StringBuilder();
    double best = 0;
    double last = 0;
    double training = 0;
    double loss = 0;
    for (int epoch = 1; epoch <= done; epoch++) {
      double climbed = 1 - Math.exp(-1.1 * epoch);
      last = 0.1 + (quality - 0.1) * climbed + random.nextGaussian() * 0.002;
      training = last + 0.012 * epoch * climbed / 2;
      loss = 2.3 * (1 - last) + 0.1;
      best = Math.max(best, last);
      ObjectNode line = JSON.createObjectNode();
      line.put("epoch", epoch).put("step", 240L * epoch).put("learningRate", rate);
      line.put("trainLoss", loss).put("trainAccuracy", training);
      line.put("testLoss", loss * 1.1).put("testAccuracy", last);
      line.put("seconds", 3.5).put("stepSeconds", 0.9);
      line.put("meanAbsMean", constrained ? 3e-9 : 0.002 * (1 + 0.1 * epoch));
      line.put("maxNormError", constrained ? 1.2e-7 : 0.3 + 0.05 * epoch);
      line.put("meanAngle", rate * 240 * 0.1 / Math.sqrt(epoch));
      line.put("maxAngle", Math.min(Math.PI, rate * 240 / Math.sqrt(epoch)));
      metrics.append(line).append('\n');
    }
    if (status.equals("finished")) {
      ObjectNode result = run.putObject("result");
      result.put("testAccuracy", last).put("bestTestAccuracy", best);
      result.put("trainAccuracy", training).put("trainLoss", loss);
      result.put("samplesPerSecond", 17000 + random.nextInt(800)).put("stepShare", 0.11);
      double micros = constrained ? 1450 : optimizer.equals("sgd") ? 900 : 3300;
      result.put("stepMicros", micros * (1 + 0.05 * random.nextDouble())).put("crc32", "00c0ffee");
    } else {
      run.putNull("result");
    }
    Path folder = Files.createDirectories(root.resolve(name.replaceAll("[^\\w.-]", "_")));
    Files.writeString(
        folder.resolve("run.json"), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(run));
    Files.writeString(folder.resolve("metrics.jsonl"), metrics);
    return folder;
  }

  /// Changes a `run.json` that was written before.
  static void edit(Path folder, java.util.function.Consumer<ObjectNode> change) throws IOException {
    Path file = folder.resolve("run.json");
    ObjectNode run = (ObjectNode) JSON.readTree(Files.readString(file));
    change.accept(run);
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(run));
  }
}
