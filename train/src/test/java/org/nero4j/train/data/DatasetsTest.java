package org.nero4j.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  @Test
  void theSampleIsRealAndNormalized() {
    Dataset.Split split = Datasets.open("sample");
    assertThat(split.train().count()).isEqualTo(12_000);
    assertThat(split.test().count()).isEqualTo(1_000);
    assertThat(split.train().features()).isEqualTo(784);
    assertThat(Arrays.copyOf(split.train().labels(), 5)).containsExactly(9, 0, 0, 3, 0);
    double sum = 0;
    float[] image = new float[784];
    for (int i = 0; i < split.train().count(); i++) {
      split.train().normalize(i, image, 0);
      for (float x : image) {
        sum += x;
      }
    }
    assertThat(Math.abs(sum / (12_000 * 784))).isLessThan(1e-5);
  }

  private static IdxFile read(int... words) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * words.length);
    for (int word : words) {
      bytes.putInt(word);
    }
    return IdxFile.read("some-file", new ByteArrayInputStream(bytes.array()), 1);
  }

  @Test
  void damagedFilesAreNamedWithBothNumbers() {
    assertThat(read(2049, 4, 0x01020304).values()).containsExactly(1, 2, 3, 4);
    assertThatThrownBy(() -> read(2051, 4, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("some-file")
        .hasMessageContaining("2051")
        .hasMessageContaining("2049");
    assertThatThrownBy(() -> read(2049, 9, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("need 9")
        .hasMessageContaining("has 4");
    assertThatThrownBy(() -> read(2049, 4, 0, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("need 4")
        .hasMessageContaining("has 8");
    assertThatThrownBy(() -> read(2049))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("4 bytes")
        .hasMessageContaining("8 of an IDX header");
    assertThatThrownBy(() -> read(2049, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("0 items");
  }

  @Test
  void aGzippedFileThatWasCutOffIsNamedWithBothNumbers() throws IOException {
    byte[] labels = new byte[8 + 100_000];
    new Random(1).nextBytes(labels);
    ByteBuffer.wrap(labels).putInt(2049).putInt(100_000);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(labels);
    }
    assertThat(read(packed.toByteArray(), packed.size()).count()).isEqualTo(100_000);
    assertThatThrownBy(() -> read(packed.toByteArray(), packed.size() / 2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("need 100000 bytes, the file has ");
  }

  private static IdxFile read(byte[] bytes, int length) {
    return IdxFile.read("some-file", new ByteArrayInputStream(bytes, 0, length), 1);
  }

  @Test
  void aFolderWithoutTheFilesIsNamed(@TempDir Path folder) {
    assertThatThrownBy(() -> Datasets.open(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train-images-idx3-ubyte")
        .hasMessageContaining(folder.toString());
  }
}
