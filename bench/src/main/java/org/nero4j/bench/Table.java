package org.nero4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// A Markdown table, padded so that it reads in a terminal too.
public final class Table {
  private record Column(String header, boolean number, Function<Entry, String> cell) {}

  private final List<Column> columns = new ArrayList<>();

  /// A column of words.
  public Table text(String header, Function<Entry, String> cell) {
    columns.add(new Column(header, false, cell));
    return this;
  }

  /// A column of numbers, to the right.
  public Table number(String header, Function<Entry, String> cell) {
    columns.add(new Column(header, true, cell));
    return this;
  }

  /// All of it.
  public String of(List<Entry> entries) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(columns.stream().map(Column::header).toList());
    for (Entry entry : entries) {
      rows.add(columns.stream().map(c -> c.cell().apply(entry)).toList());
    }
    List<Boolean> numbers = columns.stream().map(Column::number).toList();
    return markdown(rows, numbers);
  }

  /// A table of cells that are written already; the first row is the header.
  static String markdown(List<List<String>> rows, List<Boolean> numbers) {
    int[] widths = new int[numbers.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(Math.max(3, widths[i]), row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      text.append('|');
      for (int i = 0; i < widths.length; i++) {
        String cell = rows.get(r).get(i);
        String pad = " ".repeat(widths[i] - cell.length());
        text.append(' ').append(numbers.get(i) ? pad + cell : cell + pad).append(" |");
      }
      text.append('\n');
      if (r == 0) {
        text.append('|');
        for (int i = 0; i < widths.length; i++) {
          text.append(numbers.get(i) ? "-".repeat(widths[i] + 1) + ":" : "-".repeat(widths[i] + 2));
          text.append('|');
        }
        text.append('\n');
      }
    }
    return text.toString();
  }

  /// Nanoseconds in the unit that suits them.
  static String time(double nanos) {
    if (nanos >= 1e9) {
      return number("%.2f s", nanos / 1e9);
    }
    if (nanos >= 1e6) {
      return number("%.2f ms", nanos / 1e6);
    }
    return nanos >= 1e3 ? number("%.2f us", nanos / 1e3) : number("%.1f ns", nanos);
  }

  /// A median and its quartiles; empty where there is no such metric.
  static String quartiles(String format, Entry entry, String metric) {
    if (Double.isNaN(entry.median(metric))) {
      return "";
    }
    return number(
        format + " (" + format + " .. " + format + ")",
        entry.median(metric),
        entry.quantile(metric, 0.25),
        entry.quantile(metric, 0.75));
  }

  static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
