package org.nero4j.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int SIDE = 12;

  /// Two channels of pixels that are all different within their channel and never 0.
  private static final Dataset DATA = image();

  private static Dataset image() {
    byte[] pixels = new byte[2 * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (1 + i % (SIDE * SIDE) + i / (SIDE * SIDE) * 100);
    }
    Normalization normalization = Normalization.of(pixels, 2, SIDE * SIDE);
    return new Dataset("image", pixels, new int[1], 2, SIDE, SIDE, 10, normalization);
  }

  private static float[] augmented(Augmentation augmentation, long seed) {
    float[] to = new float[DATA.features()];
    augmentation.apply(DATA, 0, new SplittableRandom(seed), to, 0);
    return to;
  }

  private static float value(int channel, int row, int column) {
    boolean inside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
    int b = inside ? DATA.pixels()[(channel * SIDE + row) * SIDE + column] & 0xff : 0;
    return DATA.normalization().values(channel)[b];
  }

  /// The move that makes an image of the original, as `down,right,mirrored`.
  private static String move(float[] image) {
    for (boolean mirrored : new boolean[] {false, true}) {
      for (int down = -4; down <= 4; down++) {
        for (int right = -4; right <= 4; right++) {
          if (matches(image, down, right, mirrored)) {
            return down + "," + right + "," + mirrored;
          }
        }
      }
    }
    throw new AssertionError("no crop or flip of the original");
  }

  private static boolean matches(float[] image, int down, int right, boolean mirrored) {
    for (int channel = 0; channel < 2; channel++) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int column = (mirrored ? SIDE - 1 - x : x) + right;
          if (image[(channel * SIDE + y) * SIDE + x] != value(channel, y + down, column)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  @Test
  void everyCropAndFlipComesUpAndNothingElse() {
    Set<String> crops = new HashSet<>();
    Set<String> both = new HashSet<>();
    Set<String> flips = new HashSet<>();
    for (int seed = 0; seed < 3000; seed++) {
      crops.add(move(augmented(Augmentation.CROP, seed)));
      both.add(move(augmented(Augmentation.CROP_FLIP, seed)));
      flips.add(move(augmented(Augmentation.FLIP, seed)));
    }
    assertThat(crops).hasSize(81).allMatch(m -> m.endsWith("false"));
    assertThat(both).hasSize(162);
    assertThat(flips).containsExactlyInAnyOrder("0,0,false", "0,0,true");
    assertThat(move(augmented(Augmentation.NONE, 1))).isEqualTo("0,0,false");
  }
}
