package org.nero4j.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// One line of results, in the form that JMH writes: a name, parameters, a primary metric and
/// secondary ones, each with its raw data. Our own add `run`, what it was measured on.
///
/// A metric's `score` is its median, not the mean as in JMH's own: a neighbour who wakes up in one
/// round of fifteen moves a mean by as much as he likes.
public record Entry(ObjectNode json) {
  /// Starts an entry of the interleaved rounds.
  public static Entry of(String benchmark, Map<String, String> params, int threads) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("benchmark", "org.nero4j.bench." + benchmark);
    json.put("mode", "avgt");
    json.put("threads", 1);
    json.put("forks", 1);
    ObjectNode p = json.putObject("params");
    new TreeMap<>(params).forEach(p::put);
    p.put("threads", Integer.toString(threads));
    return new Entry(json);
  }

  /// Sets what was measured, in order of the rounds.
  public Entry primary(String unit, double[] rounds) {
    json.set("primaryMetric", metric(unit, rounds));
    return this;
  }

  /// Sets something measured beside.
  public Entry secondary(String name, String unit, double... rounds) {
    json.withObject("/secondaryMetrics").set(name, metric(unit, rounds));
    return this;
  }

  private static ObjectNode metric(String unit, double[] rounds) {
    ObjectNode metric = JsonNodeFactory.instance.objectNode();
    metric.put("score", Quantiles.median(rounds));
    metric.put("scoreUnit", unit);
    ObjectNode percentiles = metric.putObject("scorePercentiles");
    for (int percent : new int[] {0, 25, 50, 75, 100}) {
      percentiles.put(percent + ".0", Quantiles.of(rounds, percent / 100.0));
    }
    ArrayNode launch = metric.putArray("rawData").addArray();
    for (double value : rounds) {
      launch.add(value);
    }
    return metric;
  }

  /// The last part of the benchmark's name.
  public String benchmark() {
    String name = json.path("benchmark").asText();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /// A parameter, empty where it has none of that name.
  public String param(String name) {
    return json.path("params").path(name).asText();
  }

  /// A fact about the run, empty where it is not known.
  public String run(String name) {
    return json.path("run").path(name).asText();
  }

  /// The threads that it ran on.
  public int threads() {
    return json.path("params").path("threads").asInt(1);
  }

  /// The median of the primary metric.
  public double median() {
    return Quantiles.median(raw(json.path("primaryMetric")));
  }

  /// The median of a secondary metric, NaN where there is none.
  public double median(String secondary) {
    return quantile(secondary, 0.5);
  }

  /// A quantile of a secondary metric, NaN where there is none.
  public double quantile(String secondary, double share) {
    double[] raw = raw(json.path("secondaryMetrics").path(secondary));
    return raw.length == 0 ? Double.NaN : Quantiles.of(raw, share);
  }

  /// A quantile of the primary metric.
  public double quantile(double share) {
    return Quantiles.of(raw(json.path("primaryMetric")), share);
  }

  /// Rounds or iterations of the primary metric, all launches together.
  public int samples() {
    return raw(json.path("primaryMetric")).length;
  }

  /// Rounds or iterations of the primary metric, as they came.
  public double[] rounds() {
    return raw(json.path("primaryMetric"));
  }

  /// The same of a secondary metric; none where there is no such metric.
  public double[] rounds(String secondary) {
    return raw(json.path("secondaryMetrics").path(secondary));
  }

  private static double[] raw(JsonNode metric) {
    JsonNode launches = metric.path("rawData");
    return IntStream.range(0, launches.size())
        .boxed()
        .flatMap(i -> IntStream.range(0, launches.get(i).size()).mapToObj(launches.get(i)::get))
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  /// What makes it the same measurement as another.
  String key() {
    return json.path("benchmark").asText() + json.path("params");
  }
}
