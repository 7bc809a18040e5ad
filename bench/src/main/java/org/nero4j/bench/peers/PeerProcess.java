package org.nero4j.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/// A [Worker] seen from outside.
public final class PeerProcess implements AutoCloseable {
  /// It ended instead of answering.
  static final class Ended extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Ended(String message) {
      super(message);
    }
  }

  private final String name;
  private final Process process;
  private final Writer to;
  private final BufferedReader from;
  private final String version;

  PeerProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    from =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    version = ask("version");
  }

  /// What it says that it is.
  public String version() {
    return version;
  }

  /// Sends a command and waits for its answer.
  ///
  /// @throws IllegalStateException if it failed, or the process ended
  public String ask(String command) {
    try {
      to.write(command + "\n");
      to.flush();
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (line.startsWith(Worker.ANSWER)) {
          String answer = line.substring(Worker.ANSWER.length());
          if (answer.startsWith("failed ")) {
            throw new IllegalStateException("%s: '%s' %s".formatted(name, command, answer));
          }
          return answer;
        }
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        throw new UncheckedIOException(e);
      }
    }
    throw new Ended(
        "%s ended at '%s'; its errors are in target/peers/%s".formatted(name, command, name));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
