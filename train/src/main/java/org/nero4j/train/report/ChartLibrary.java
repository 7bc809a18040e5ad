package org.nero4j.train.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Apache ECharts, out of the WebJar on the class path.
final class ChartLibrary {
  private static final String POM = "/META-INF/maven/org.webjars.npm/echarts/pom.properties";

  private ChartLibrary() {}

  /// The library and its licence notice, fit to stand in a script element.
  static String script() {
    String folder = "/META-INF/resources/webjars/echarts/" + version() + "/";
    String notice = text(folder + "NOTICE");
    String script = text(folder + "dist/echarts.min.js");
    if (script.contains("</script") || notice.contains("*/")) {
      throw new IllegalStateException("this version of ECharts cannot be put into a page");
    }
    return "/*!\n" + notice + "*/\n" + script;
  }

  private static String version() {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text(POM)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  private static String text(String resource) {
    InputStream stream = ChartLibrary.class.getResourceAsStream(resource);
    return Page.read(stream, resource);
  }
}
