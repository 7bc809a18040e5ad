package org.nero4j.train.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/// Hyper-parameters that were given by name, handed to a builder one by one. Whatever was given and
/// never asked for is one that the optimiser does not have.
final class HyperParameters {
  private final Map<String, String> given;
  private final List<String> known = new ArrayList<>();

  HyperParameters(Map<String, String> given) {
    this.given = given;
  }

  <B> B number(String name, B builder, BiConsumer<B, Double> setter) {
    String text = take(name);
    if (text != null) {
      try {
        setter.accept(builder, Double.parseDouble(text));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("%s is '%s', no number".formatted(name, text), e);
      }
    }
    return builder;
  }

  <B> B flag(String name, B builder, BiConsumer<B, Boolean> setter) {
    String text = take(name);
    if (text != null) {
      setter.accept(builder, Names.flag(name, text));
    }
    return builder;
  }

  <B, E extends Enum<E>> B choice(String name, Class<E> type, B builder, BiConsumer<B, E> setter) {
    String text = take(name);
    if (text != null) {
      setter.accept(builder, Names.parse(name, type, text));
    }
    return builder;
  }

  private String take(String name) {
    known.add(name);
    return given.get(name);
  }

  void requireAllKnown(OptimizerKind kind) {
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "%s has no %s; it has %s".formatted(kind, name, Names.list(known)));
      }
    }
  }
}
