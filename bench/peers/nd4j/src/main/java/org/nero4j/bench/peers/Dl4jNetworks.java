package org.nero4j.bench.peers;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/// The networks of `org.nero4j.bench.Networks`, of Deeplearning4j's layers, which have their
/// activation with them and drop what they read.
final class Dl4jNetworks {
  private final GraphBuilder graph;

  /// The vertex that the next one reads.
  private String last = "images";

  private int vertices;

  private Dl4jNetworks(double rate) {
    graph =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(new Adam(rate))
            // Uniform of variance 1 / (3 fan-in), PyTorch's own: losses start near ln 10.
            .weightInit(WeightInit.UNIFORM)
            .activation(Activation.RELU)
            .graphBuilder()
            .addInputs("images");
  }

  static ComputationGraph of(String network, double rate) {
    Dl4jNetworks made = new Dl4jNetworks(rate);
    switch (network) {
      case "mlp" -> made.mlp();
      case "lenet" -> made.lenet();
      case "vgg11" -> made.vgg11();
      case "resnet18" -> made.resnet18();
      default -> throw new IllegalArgumentException("no network " + network);
    }
    long[] shape = Values.shape(network);
    ComputationGraph net =
        new ComputationGraph(
            made.graph
                .setOutputs(made.last)
                .setInputTypes(
                    shape.length == 1
                        ? InputType.feedForward(shape[0])
                        : InputType.convolutional(shape[1], shape[2], shape[0]))
                .build());
    net.init();
    return net;
  }

  /// What the optimiser moves: a batch norm's running statistics are parameters here too.
  static long parameters(ComputationGraph net) {
    return Arrays.stream(net.getLayers())
        .flatMap(layer -> layer.paramTable().entrySet().stream())
        .filter(p -> !p.getKey().equals("mean") && !p.getKey().equals("var"))
        .filter(p -> !p.getKey().equals("log10stdev"))
        .mapToLong(p -> p.getValue().length())
        .sum();
  }

  private void add(Layer layer) {
    String name = "v" + vertices++;
    graph.addLayer(name, layer, last);
    last = name;
  }

  private void mlp() {
    for (int i = 0; i < 4; i++) {
      add(new DenseLayer.Builder().nOut(784).build());
    }
    output(1);
  }

  private void lenet() {
    add(convolution(6, 5, 1, 2).hasBias(true).build());
    pool();
    add(convolution(16, 5, 1, 0).hasBias(true).build());
    pool();
    add(new DenseLayer.Builder().nOut(120).build());
    add(new DenseLayer.Builder().nOut(84).build());
    output(1);
  }

  /// As "Learning by Turning" has it: no bias of convolutions, no batch norm.
  private void vgg11() {
    for (int channels : new int[] {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0}) {
      if (channels == 0) {
        pool();
      } else {
        add(convolution(channels, 3, 1, 1).build());
      }
    }
    add(new DenseLayer.Builder().nOut(4096).build());
    add(new DenseLayer.Builder().nOut(4096).dropOut(0.5).build());
    output(0.5);
  }

  private void resnet18() {
    normed(64, 3, 1);
    relu();
    for (int channels = 64; channels <= 512; channels *= 2) {
      block(channels, channels > 64);
      block(channels, false);
    }
    add(new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
    output(1);
  }

  private void block(int channels, boolean reshapes) {
    String input = last;
    normed(channels, 3, reshapes ? 2 : 1);
    relu();
    normed(channels, 3, 1);
    String branch = last;
    last = input;
    if (reshapes) {
      normed(channels, 1, 2);
    }
    String sum = "v" + vertices++;
    graph.addVertex(sum, new ElementWiseVertex(ElementWiseVertex.Op.Add), branch, last);
    last = sum;
    relu();
  }

  private void relu() {
    add(new ActivationLayer.Builder().activation(Activation.RELU).build());
  }

  private void normed(int channels, int kernel, int stride) {
    add(convolution(channels, kernel, stride, kernel / 2).activation(Activation.IDENTITY).build());
    add(new BatchNormalization.Builder().activation(Activation.IDENTITY).build());
  }

  private static ConvolutionLayer.Builder convolution(
      int channels, int kernel, int stride, int padding) {
    return new ConvolutionLayer.Builder(kernel, kernel)
        .stride(stride, stride)
        .padding(padding, padding)
        .hasBias(false)
        .nOut(channels);
  }

  private void pool() {
    add(
        new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
            .kernelSize(2, 2)
            .stride(2, 2)
            .build());
  }

  /// @param keep share of what it reads that is not dropped
  private void output(double keep) {
    OutputLayer.Builder layer =
        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
            .activation(Activation.SOFTMAX)
            .nOut(10);
    add((keep < 1 ? layer.dropOut(keep) : layer).build());
  }
}
