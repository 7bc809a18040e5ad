package org.nero4j.bench;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.style.Styler;

/// Bars of each optimiser's time in units of its floor, on all threads.
final class StepChart {
  /// Where bars are cut: the smallest sets are far above, and would flatten the others.
  private static final double MOST = 3;

  private final List<Entry> entries;

  StepChart(List<Entry> step) {
    int most = step.stream().mapToInt(Entry::threads).max().orElse(1);
    entries = step.stream().filter(e -> e.threads() == most).toList();
  }

  void write(OutputStream out) throws IOException {
    System.setProperty("java.awt.headless", "true");
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(1000)
            .height(420)
            .title("time of a step, x of its memory floor (1 is the floor; cut at 3)")
            .yAxisTitle("x of floor")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisMax(MOST);
    chart.getStyler().setXAxisLabelRotation(30);
    Set<String> sets = new LinkedHashSet<>();
    Set<String> optimizers = new LinkedHashSet<>();
    entries.forEach(
        e -> {
          sets.add(e.param("set"));
          optimizers.add(e.param("optimizer"));
        });
    for (String optimizer : optimizers) {
      List<Double> ratios = new ArrayList<>();
      for (String set : sets) {
        ratios.add(
            entries.stream()
                .filter(e -> e.param("set").equals(set) && e.param("optimizer").equals(optimizer))
                .map(e -> Math.min(MOST, Math.round(e.median("xOfFloor") * 1000) / 1000.0))
                .findFirst()
                .orElse(null));
      }
      chart.addSeries(optimizer, new ArrayList<>(sets), ratios);
    }
    if (optimizers.isEmpty()) {
      chart.addSeries("not measured", List.of(""), List.of(0));
    }
    ByteArrayOutputStream svg = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart, svg, VectorGraphicsFormat.SVG);
    // Letters become outlines of many digits; a hundredth of a pixel will do.
    String text = svg.toString(StandardCharsets.UTF_8).replaceAll("(\\.\\d\\d)\\d+", "$1");
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
