package org.nero4j.train.cli;

import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.Names;
import picocli.CommandLine.Option;

/// Data, schedule and length of a run, for one run and for a grid alike.
final class RunOptions {
  static final String DATA =
      "sample (12,000 images of Fashion-MNIST that come along), fashion-mnist (Debian's package),"
          + " or a folder with the IDX files of MNIST or Fashion-MNIST or the binary version of"
          + " CIFAR-10. Default: ${DEFAULT-VALUE}";

  @Option(
      names = "--augment",
      order = 2,
      paramLabel = "NAME",
      description =
          "Of training images: none, crop (4 black pixels around), flip, crop-flip. Default:"
              + " crop-flip for colour images, none for grey ones")
  private String augment;

  @Option(
      names = "--train-limit",
      order = 3,
      defaultValue = "0",
      paramLabel = "N",
      description = "Only the first N training images. 0: all")
  private int trainLimit;

  @Option(
      names = "--test-limit",
      order = 4,
      defaultValue = "0",
      paramLabel = "N",
      description = "Only the first N test images. 0: all")
  private int testLimit;

  @Option(
      names = "--schedule",
      order = 50,
      defaultValue = "constant",
      paramLabel = "PARTS",
      description =
          "Of the learning rate: constant, exponential[:FACTOR] (0.9 an epoch),"
              + " step:EPOCH,EPOCH,...[xFACTOR] (x0.2), cosine, warmup:EPOCHS, or several joined by"
              + " +, such as warmup:5+step:100,150,180. Default: ${DEFAULT-VALUE}")
  private String schedule;

  @Option(
      names = "--epochs",
      order = 51,
      defaultValue = "5",
      paramLabel = "N",
      description = "Default: ${DEFAULT-VALUE}")
  private int epochs;

  @Option(
      names = "--batch",
      order = 52,
      paramLabel = "N",
      description = "Images a step. Default: 250 for mlp, 128 for the others")
  private Integer batch;

  /// @throws IllegalArgumentException if a value cannot be right
  void check() {
    require("--epochs", epochs, 1, 1_000_000);
    if (batch != null) {
      require("--batch", batch, 1, 1 << 20);
    }
    require("--train-limit", trainLimit, 0, Integer.MAX_VALUE);
    require("--test-limit", testLimit, 0, Integer.MAX_VALUE);
    schedule();
    if (augment != null) {
      Names.parse("--augment", Augmentation.class, augment);
    }
  }

  static void require(String option, long value, long low, long high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          "%s is %d, it must be within %d and %d".formatted(option, value, low, high));
    }
  }

  Dataset.Split open(String data) {
    return Datasets.open(data).limited(trainLimit, testLimit);
  }

  Augmentation augmentation(Dataset data) {
    return augment == null
        ? data.channels() == 1 ? Augmentation.NONE : Augmentation.CROP_FLIP
        : Names.parse("--augment", Augmentation.class, augment);
  }

  int trainLimit() {
    return trainLimit;
  }

  int testLimit() {
    return testLimit;
  }

  Schedule schedule() {
    return Schedule.parse(schedule);
  }

  int epochs() {
    return epochs;
  }

  int batch(ModelSettings model) {
    return batch == null ? model.kind().defaultBatch() : batch;
  }
}
