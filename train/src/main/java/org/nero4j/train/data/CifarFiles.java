package org.nero4j.train.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/// CIFAR-10, binary version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, each of
/// 10,000 records of a label byte and 3 x 32 x 32 pixels.
final class CifarFiles {
  static final int RECORDS = 10_000;
  private static final int TRAIN_FILES = 5;
  private static final int SIDE = 32;
  private static final int CHANNELS = 3;
  private static final int CLASSES = 10;
  private static final int IMAGE = CHANNELS * SIDE * SIDE;
  private static final String TEST = "test_batch.bin";

  private final int records;

  /// @param records of a file; [#RECORDS] but in tests
  CifarFiles(int records) {
    this.records = records;
  }

  /// Whether any of the files is there, as it is or in the archive's own folder.
  static Path find(Path folder) {
    for (Path place : new Path[] {folder, folder.resolve("cifar-10-batches-bin")}) {
      boolean any =
          Files.exists(place.resolve(TEST))
              || IntStream.rangeClosed(1, TRAIN_FILES)
                  .anyMatch(n -> Files.exists(place.resolve(train(n))));
      if (any) {
        return place;
      }
    }
    return null;
  }

  private static String train(int number) {
    return "data_batch_%d.bin".formatted(number);
  }

  /// @throws DataException naming the file and both sizes if one is missing, truncated or too long
  Dataset.Split read(String name, Path folder) {
    byte[] pixels = new byte[TRAIN_FILES * records * IMAGE];
    int[] labels = new int[TRAIN_FILES * records];
    for (int n = 0; n < TRAIN_FILES; n++) {
      read(folder.resolve(train(n + 1)), pixels, labels, n * records);
    }
    byte[] testPixels = new byte[records * IMAGE];
    int[] testLabels = new int[records];
    read(folder.resolve(TEST), testPixels, testLabels, 0);
    Normalization normalization = Normalization.of(pixels, CHANNELS, SIDE * SIDE);
    return new Dataset.Split(
        new Dataset(name, pixels, labels, CHANNELS, SIDE, SIDE, CLASSES, normalization),
        new Dataset(
            name + " test", testPixels, testLabels, CHANNELS, SIDE, SIDE, CLASSES, normalization));
  }

  private void read(Path file, byte[] pixels, int[] labels, int first) {
    long expected = (long) records * (1 + IMAGE);
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          "no file %s of %,d bytes in %s"
              .formatted(file.getFileName(), expected, file.getParent()));
    }
    byte[] bytes;
    try {
      long size = Files.size(file);
      if (size != expected) {
        throw new DataException(
            "%s: %,d records of %,d bytes need %,d bytes, the file has %,d"
                .formatted(file, records, 1 + IMAGE, expected, size));
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException("%s: %s".formatted(file, e.getMessage()), e);
    }
    for (int record = 0; record < records; record++) {
      int from = record * (1 + IMAGE);
      int label = bytes[from] & 0xff;
      if (label >= CLASSES) {
        throw new DataException(
            "%s: record %d has label %d, CIFAR-10 has %d classes"
                .formatted(file, record, label, CLASSES));
      }
      labels[first + record] = label;
      System.arraycopy(bytes, from + 1, pixels, (first + record) * IMAGE, IMAGE);
    }
  }
}
