package org.nero4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nero4j.Parameter;

/// Parameters that are stepped together: one matrix, or all of a model.
///
/// @param name such as `4096x1024` or `vgg11`
/// @param tensors in the order of the layers
public record TensorSet(String name, List<Tensor> tensors) {
  /// Elements to which a tensor is padded where a set lies in one buffer: a cache line.
  private static final long LINE = 16;

  /// Before a matrix whose neurons are columns.
  private static final String COLUMNS = "c:";

  /// A matrix of neurons in rows or in columns, or a vector where `fanIn` is 0.
  public record Tensor(long neurons, long fanIn, boolean inColumns) {
    /// Neurons in rows, or a vector.
    public Tensor(long neurons, long fanIn) {
      this(neurons, fanIn, false);
    }

    /// Elements in all.
    public long count() {
      return neurons * Math.max(1, fanIn);
    }

    /// The tensor over this memory.
    public Parameter parameter(String name, MemorySegment weights, MemorySegment gradients) {
      if (fanIn == 0) {
        return Parameter.vector(name, weights, gradients);
      }
      Parameter matrix = Parameter.matrix(name, weights, gradients, neurons, fanIn);
      return inColumns ? matrix.inColumns() : matrix;
    }
  }

  /// The shapes that the benchmark knows by heart, small to large.
  public static final List<String> DEFAULTS =
      List.of(
          "64x27",
          "784x784",
          "512x4608",
          "4096x1024",
          "30000x512",
          "4096x4096",
          "c:784x784",
          "c:3000x200",
          "c:4096x1024",
          "mlp",
          "vgg11",
          "resnet18");

  /// A set by name: `mlp`, `vgg11`, `resnet18`, a matrix such as `784x784`, or many of them such as
  /// `3000*50x70`; `c:` before a matrix keeps its neurons in columns.
  public static TensorSet of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "mlp" -> mlp();
      case "vgg11" -> vgg11();
      case "resnet18" -> resnet18();
      default -> matrices(name);
    };
  }

  /// A set by name, for those who know of rows alone.
  ///
  /// @throws IllegalArgumentException if its neurons are columns
  static TensorSet inRows(String name) {
    TensorSet set = of(name);
    if (set.tensors.stream().anyMatch(Tensor::inColumns)) {
      throw new IllegalArgumentException(
          "'%s' has its neurons in columns, they must be rows here".formatted(name));
    }
    return set;
  }

  private static TensorSet matrices(String name) {
    try {
      boolean inColumns = name.startsWith(COLUMNS);
      String[] factors = name.substring(inColumns ? COLUMNS.length() : 0).split("\\*");
      String[] sides = factors[factors.length - 1].split("x");
      int copies = factors.length == 2 ? Integer.parseInt(factors[0]) : 1;
      Tensor one = new Tensor(Long.parseLong(sides[0]), Long.parseLong(sides[1]), inColumns);
      if (factors.length > 2 || sides.length != 2 || copies < 1 || one.count() < 1) {
        throw new IllegalArgumentException();
      }
      return new TensorSet(name, java.util.Collections.nCopies(copies, one));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          ("'%s' is no tensor set: give mlp, vgg11, resnet18, a matrix such as 784x784, in columns"
                  + " c:784x784, or 3000*50x70")
              .formatted(name),
          e);
    }
  }

  /// The paper's perceptron: five layers of 784, ten classes.
  private static TensorSet mlp() {
    List<Tensor> all = new ArrayList<>();
    for (int layer = 0; layer < 4; layer++) {
      linear(all, 784, 784);
    }
    linear(all, 10, 784);
    return new TensorSet("mlp", all);
  }

  /// The paper's VGG-11 for 32x32 images: filters without bias and norms, three linear layers.
  private static TensorSet vgg11() {
    List<Tensor> all = new ArrayList<>();
    int in = 3;
    for (int out : new int[] {64, 128, 256, 256, 512, 512, 512, 512}) {
      all.add(new Tensor(out, in * 9L));
      in = out;
    }
    linear(all, 4096, 512);
    linear(all, 4096, 4096);
    linear(all, 10, 4096);
    return new TensorSet("vgg11", all);
  }

  /// ResNet-18 for 32x32 images: a 3x3 stem, four stages of two blocks.
  private static TensorSet resnet18() {
    List<Tensor> all = new ArrayList<>();
    convolution(all, 64, 3, 3);
    int in = 64;
    for (int out : new int[] {64, 128, 256, 512}) {
      for (int block = 0; block < 2; block++) {
        convolution(all, out, in, 3);
        convolution(all, out, out, 3);
        if (in != out) {
          convolution(all, out, in, 1);
        }
        in = out;
      }
    }
    linear(all, 10, 512);
    return new TensorSet("resnet18", all);
  }

  private static void linear(List<Tensor> all, int out, int in) {
    all.add(new Tensor(out, in));
    all.add(new Tensor(out, 0));
  }

  /// A filter without bias, and the gain and bias of the normalisation behind it.
  private static void convolution(List<Tensor> all, int out, int in, int side) {
    all.add(new Tensor(out, (long) in * side * side));
    all.add(new Tensor(out, 0));
    all.add(new Tensor(out, 0));
  }

  /// Elements in all.
  public long count() {
    return tensors.stream().mapToLong(Tensor::count).sum();
  }

  /// Where each tensor ends when they lie one after the other, each on a cache line of its own.
  long[] ends() {
    long[] ends = new long[tensors.size()];
    long at = 0;
    for (int i = 0; i < ends.length; i++) {
      at += (tensors.get(i).count() + LINE - 1) / LINE * LINE;
      ends[i] = at;
    }
    return ends;
  }

  /// Elements of the buffer that holds them so.
  long span() {
    return Arrays.stream(ends()).max().orElse(0);
  }
}
