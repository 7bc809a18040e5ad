package org.nero4j.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/// Finds data sets by name or folder.
public final class Datasets {
  private static final Path DEBIAN_FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  private Datasets() {}

  /// Opens a data set.
  ///
  /// @param name `sample`: 12,000 training and 1,000 test images of Fashion-MNIST that are part of
  ///   the program; `fashion-mnist`: the whole set from Debian's package `dataset-fashion-mnist`;
  ///   or a folder with the four IDX files of MNIST or Fashion-MNIST under their usual names,
  ///   gzipped or not, or with the six files of CIFAR-10's binary version
  /// @throws DataException if it is missing or damaged
  public static Dataset.Split open(String name) {
    if (name.equals("sample")) {
      return split("Fashion-MNIST sample", Datasets::resource);
    }
    if (name.equals("fashion-mnist")) {
      if (!Files.isDirectory(DEBIAN_FASHION_MNIST)) {
        throw new DataException(
            "no Fashion-MNIST at %s: install the package dataset-fashion-mnist, or name a folder"
                .formatted(DEBIAN_FASHION_MNIST));
      }
      return folder("Fashion-MNIST", DEBIAN_FASHION_MNIST);
    }
    Path folder = Path.of(name);
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          "no data set '%s': it is neither 'sample' nor 'fashion-mnist' nor a folder"
              .formatted(name));
    }
    Path last = folder.toAbsolutePath().normalize().getFileName();
    String called = last == null ? name : last.toString();
    Path cifar = CifarFiles.find(folder);
    return cifar == null
        ? folder(called, folder)
        : new CifarFiles(CifarFiles.RECORDS).read(called, cifar);
  }

  private interface Source {
    InputStream open(String file) throws IOException;
  }

  private static InputStream resource(String file) {
    return Datasets.class.getResourceAsStream("fashion-mnist/" + file + ".gz");
  }

  private static Dataset.Split folder(String name, Path folder) {
    return split(
        name,
        file -> {
          for (String ending : new String[] {"", ".gz"}) {
            Path path = folder.resolve(file + ending);
            if (Files.isRegularFile(path)) {
              return Files.newInputStream(path);
            }
          }
          throw new DataException(
              "no file %s or %s.gz (MNIST), nor data_batch_1.bin (CIFAR-10), in %s"
                  .formatted(file, file, folder));
        });
  }

  private static Dataset.Split split(String name, Source source) {
    IdxFile trainImages = images(source, "train");
    IdxFile testImages = images(source, "t10k");
    if (trainImages.height() != testImages.height() || trainImages.width() != testImages.width()) {
      throw new DataException(
          "training images have %d x %d pixels, test images have %d x %d"
              .formatted(
                  trainImages.height(),
                  trainImages.width(),
                  testImages.height(),
                  testImages.width()));
    }
    int[] trainLabels = labels(source, "train", trainImages);
    int[] testLabels = labels(source, "t10k", testImages);
    // Ten unless a label says that there are more.
    int classes =
        IntStream.concat(
                    IntStream.of(9),
                    IntStream.concat(Arrays.stream(trainLabels), Arrays.stream(testLabels)))
                .max()
                .orElseThrow()
            + 1;
    Normalization normalization = Normalization.of(trainImages.values(), 1, trainImages.itemSize());
    return new Dataset.Split(
        dataset(name, trainImages, trainLabels, classes, normalization),
        dataset(name + " test", testImages, testLabels, classes, normalization));
  }

  private static Dataset dataset(
      String name, IdxFile images, int[] labels, int classes, Normalization normalization) {
    return new Dataset(
        name, images.values(), labels, 1, images.height(), images.width(), classes, normalization);
  }

  private static IdxFile images(Source source, String kind) {
    return read(source, kind + "-images-idx3-ubyte", 3);
  }

  private static int[] labels(Source source, String kind, IdxFile images) {
    String file = kind + "-labels-idx1-ubyte";
    IdxFile labels = read(source, file, 1);
    if (labels.count() != images.count()) {
      throw new DataException(
          "%s: %d labels for %d images".formatted(file, labels.count(), images.count()));
    }
    int[] classes = new int[labels.count()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels.values()[i] & 0xff;
    }
    return classes;
  }

  private static IdxFile read(Source source, String file, int dimensions) {
    try {
      return IdxFile.read(file, source.open(file), dimensions);
    } catch (IOException e) {
      throw new DataException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
