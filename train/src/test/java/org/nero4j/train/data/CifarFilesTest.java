package org.nero4j.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarFilesTest {
  private static final int RECORDS = 4;
  private static final int RECORD = 3073;

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    for (int file = 0; file < 6; file++) {
      byte[] bytes = new byte[RECORDS * RECORD];
      for (int record = 0; record < RECORDS; record++) {
        bytes[record * RECORD] = (byte) (file + record);
        for (int i = 1; i < RECORD; i++) {
          bytes[record * RECORD + i] = (byte) (31 * file + 7 * record + i * i);
        }
      }
      Files.write(folder.resolve(name(file)), bytes);
    }
  }

  private static String name(int file) {
    return file == 5 ? "test_batch.bin" : "data_batch_%d.bin".formatted(file + 1);
  }

  private Dataset.Split read() {
    return new CifarFiles(RECORDS).read("tiny", folder);
  }

  @Test
  void fiveFilesTrainAndOneTests() {
    Dataset.Split split = read();
    assertThat(split.train().labels())
        .containsExactly(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6, 7);
    assertThat(split.test().labels()).containsExactly(5, 6, 7, 8);
    assertThat(split.train().features()).isEqualTo(3072);
    assertThat(split.train().channels()).isEqualTo(3);
    assertThat(split.train().height()).isEqualTo(32);
    // Image 5 is the second of the second file.
    assertThat(split.train().pixels()[5 * 3072 + 10]).isEqualTo((byte) (31 + 7 + 11 * 11));
  }

  @Test
  void channelsAreNormalizedOneByOneByTheTrainingSet() {
    Dataset train = read().train();
    for (int channel = 0; channel < 3; channel++) {
      double sum = 0;
      double squares = 0;
      float[] image = new float[3072];
      for (int i = 0; i < train.count(); i++) {
        train.normalize(i, image, 0);
        for (int k = 1024 * channel; k < 1024 * (channel + 1); k++) {
          sum += image[k];
          squares += image[k] * image[k];
        }
      }
      assertThat(Math.abs(sum / (20 * 1024))).isLessThan(1e-6);
      assertThat(squares / (20 * 1024)).isBetween(1 - 1e-5, 1 + 1e-5);
    }
    assertThat(read().test().normalization().means()).isEqualTo(train.normalization().means());
  }

  @Test
  void aMissingFileIsNamedWithItsSize() throws IOException {
    Files.delete(folder.resolve("data_batch_4.bin"));
    assertThatThrownBy(this::read)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data_batch_4.bin")
        .hasMessageContaining("12,292");
  }

  @Test
  void aTruncatedOrLongFileIsNamedWithBothSizes() throws IOException {
    for (int length : new int[] {12_291, 12_293, 0}) {
      try (RandomAccessFile file =
          new RandomAccessFile(folder.resolve("test_batch.bin").toFile(), "rw")) {
        file.setLength(length);
      }
      assertThatThrownBy(this::read)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("test_batch.bin")
          .hasMessageContaining("12,292")
          .hasMessageContaining("has %,d".formatted(length));
    }
  }

  @Test
  void aLabelBeyondNineIsNamedWithItsRecord() throws IOException {
    Path file = folder.resolve("data_batch_2.bin");
    byte[] bytes = Files.readAllBytes(file);
    bytes[3 * RECORD] = 10;
    Files.write(file, bytes);
    assertThatThrownBy(this::read)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data_batch_2.bin")
        .hasMessageContaining("record 3 has label 10");
  }

  @Test
  void aFolderOfTheWrongSizeIsRefusedByNameToo() {
    // By the ordinary way in, which wants 10,000 records a file.
    assertThatThrownBy(() -> Datasets.open(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data_batch_1.bin")
        .hasMessageContaining("30,730,000")
        .hasMessageContaining("12,292");
  }
}
