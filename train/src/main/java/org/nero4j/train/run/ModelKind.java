package org.nero4j.train.run;

/// Networks by name.
public enum ModelKind {
  MLP;

  @Override
  public String toString() {
    return Names.of(this);
  }
}
