package org.nero4j.train.cli;

import java.io.PrintWriter;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.run.Run;

/// What a run came to, for a person.
final class ClosingTable {
  private static final String ROW = "%-26s ";

  private ClosingTable() {}

  static void print(PrintWriter out, Run.Result result) {
    Outcome outcome = result.outcome();
    int done = outcome.epochs().size();
    int planned = result.start().settings().epochs();
    out.println();
    switch (outcome.ending()) {
      case STOPPED ->
          out.printf(
              "stopped after %,d steps; %d of %d epochs finished%n",
              outcome.steps(), done, planned);
      case DIVERGED ->
          out.printf(
              "ended after epoch %d of %d: the training loss is no longer a finite number%n",
              done, planned);
      case FINISHED -> {}
    }
    if (done > 0) {
      out.printf(ROW + "%.2f %%%n", "best test accuracy", 100 * outcome.bestTestAccuracy());
      out.printf(ROW + "%.4f%n", "training loss", outcome.epochs().getLast().trainLoss());
    }
    out.printf(ROW + "%,.0f samples a second%n", "training speed", outcome.samplesPerSecond());
    out.printf(
        ROW + "%.1f %% of training time, %,.0f us each%n",
        "optimiser steps",
        100 * outcome.stepShare(),
        1e6 * outcome.stepSeconds());
    out.printf(
        ROW + "%,d bytes; Adam's would be %,d%n",
        "optimiser state",
        result.start().stateBytes(),
        result.start().adamStateBytes());
    out.printf(ROW + "crc32 %08x%n", "weights", outcome.weightsChecksum());
  }
}
