package org.nero4j.train.nn;

/// What a layer of a network that is being built makes; see [NetworkBuilder#tensor()].
public final class Tensor {
  final NetworkBuilder network;
  final int index;

  Tensor(NetworkBuilder network, int index) {
    this.network = network;
    this.index = index;
  }
}
