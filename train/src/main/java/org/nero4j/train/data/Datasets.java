package org.nero4j.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds data sets by name or folder.
public final class Datasets {
  private static final Path DEBIAN_FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  private Datasets() {}

  /// Opens a data set.
  ///
  /// @param name `sample`: 12,000 training and 1,000 test images of Fashion-MNIST that are part of
  ///   the program; `fashion-mnist`: the whole set from Debian's package `dataset-fashion-mnist`;
  ///   or a folder with the four IDX files of MNIST or Fashion-MNIST under their usual names,
  ///   gzipped or not
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
    return folder(folder.toAbsolutePath().normalize().getFileName().toString(), folder);
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
          throw new DataException("no file %s or %s.gz in %s".formatted(file, file, folder));
        });
  }

  private static Dataset.Split split(String name, Source source) {
    IdxFile trainImages = images(source, "train");
    IdxFile testImages = images(source, "t10k");
    if (trainImages.itemSize() != testImages.itemSize()) {
      throw new DataException(
          "training images have %d pixels, test images have %d"
              .formatted(trainImages.itemSize(), testImages.itemSize()));
    }
    return Dataset.normalized(
        name,
        trainImages,
        labels(source, "train", trainImages),
        testImages,
        labels(source, "t10k", testImages));
  }

  private static IdxFile images(Source source, String kind) {
    return read(source, kind + "-images-idx3-ubyte", 3);
  }

  private static IdxFile labels(Source source, String kind, IdxFile images) {
    String file = kind + "-labels-idx1-ubyte";
    IdxFile labels = read(source, file, 1);
    if (labels.count() != images.count()) {
      throw new DataException(
          "%s: %d labels for %d images".formatted(file, labels.count(), images.count()));
    }
    return labels;
  }

  private static IdxFile read(Source source, String file, int dimensions) {
    try {
      return IdxFile.read(file, source.open(file), dimensions);
    } catch (IOException e) {
      throw new DataException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
