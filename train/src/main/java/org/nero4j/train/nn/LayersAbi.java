package org.nero4j.train.nn;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import org.nero4j.NativeErrors;
import org.nero4j.Status;
import org.nero4j.bindings.nn.nero_nn_h;

/// Holds the layers' generated bindings against the library that was loaded.
final class LayersAbi {
  private LayersAbi() {}

  /// @param described lines of `nero_nn_abi_describe`
  /// @throws org.nero4j.AbiMismatchException if library and bindings were made from different
  ///   headers
  static void check(int libraryVersion, String described) {
    int version = nero_nn_h.NERO_NN_ABI_VERSION();
    if (libraryVersion != version) {
      throw mismatch("ABI " + libraryVersion, "ABI " + version);
    }
    for (String line : described.split("\n")) {
      String mine = bound(line);
      if (!mine.equals(line)) {
        throw mismatch("'" + line + "'", "'" + mine + "'");
      }
    }
  }

  private static RuntimeException mismatch(String library, String bindings) {
    return NativeErrors.of(
        Status.STRUCT_SIZE,
        "libnero4j_nn has %s, the bindings have %s".formatted(library, bindings));
  }

  /// The bindings' version of a line.
  private static String bound(String line) {
    String[] words = line.split(" ");
    try {
      String[] name = words[1].split("\\.");
      GroupLayout layout =
          (GroupLayout)
              Class.forName(nero_nn_h.class.getPackageName() + "." + name[0])
                  .getMethod("layout")
                  .invoke(null);
      if (name.length == 1) {
        return "struct %s %d".formatted(words[1], layout.byteSize());
      }
      PathElement field = PathElement.groupElement(name[1]);
      return "field %s %d %d"
          .formatted(words[1], layout.byteOffset(field), layout.select(field).byteSize());
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return "nothing of that name";
    }
  }
}
