package org.nero4j.train.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.SequencedMap;

/// What the page's charts draw, as JSON: per comparison the contenders, per learning rate the
/// spread of the results, per measure three lists over the epochs (mean, low, high).
final class ChartData {
  /// More digits than a chart can show; they would double the page.
  private static final MathContext DIGITS = new MathContext(6);

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ChartData() {}

  /// JSON that can stand in a script element: no `<` is left in it.
  static String of(List<Comparison> comparisons) {
    ArrayNode all = NODES.arrayNode();
    comparisons.forEach(comparison -> all.add(comparison(comparison)));
    return new ObjectMapper().valueToTree(all).toString().replace("<", "\\u003c");
  }

  private static ObjectNode comparison(Comparison comparison) {
    ObjectNode node = NODES.objectNode();
    node.put("title", comparison.title());
    ArrayNode contenders = node.putArray("contenders");
    comparison.contenders().forEach(contender -> contenders.add(contender(contender)));
    return node;
  }

  private static ObjectNode contender(Contender contender) {
    ObjectNode node = NODES.objectNode();
    node.put("label", contender.label());
    node.put("best", contender.best().map(contender.groups()::indexOf).orElse(-1));
    node.set("stepMicros", spread(contender.stepMicros()));
    node.set("stateBytes", spread(contender.stateBytes()));
    node.set("adamStateBytes", spread(contender.adamStateBytes()));
    ArrayNode groups = node.putArray("groups");
    contender.groups().forEach(group -> groups.add(group(group)));
    return node;
  }

  private static ObjectNode group(Group group) {
    ObjectNode node = NODES.objectNode();
    node.put("rate", group.learningRate());
    node.put("rateText", Words.rate(group.learningRate()));
    node.put("seeds", group.seeds().size());
    node.put("failed", group.lost());
    node.set("testAccuracy", spread(group.testAccuracy()));
    ObjectNode curves = node.putObject("curves");
    for (Measure measure : Measure.values()) {
      SequencedMap<Integer, Spread> curve = group.curve(measure);
      curve.values().removeIf(spread -> !spread.isPresent());
      if (!curve.isEmpty()) {
        ObjectNode lists = curves.putObject(measure.field());
        ArrayNode epochs = lists.putArray("epoch");
        ArrayNode mean = lists.putArray("mean");
        ArrayNode low = lists.putArray("low");
        ArrayNode high = lists.putArray("high");
        ArrayNode seeds = lists.putArray("seeds");
        curve.forEach(
            (epoch, spread) -> {
              epochs.add(epoch);
              mean.add(brief(spread.mean()));
              low.add(brief(spread.low()));
              high.add(brief(spread.high()));
              seeds.add(spread.count());
            });
      }
    }
    return node;
  }

  /// Mean, low and high, or null.
  private static JsonNode spread(Spread spread) {
    return spread.isPresent()
        ? NODES.arrayNode().add(spread.mean()).add(spread.low()).add(spread.high())
        : NODES.nullNode();
  }

  private static double brief(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }
}
