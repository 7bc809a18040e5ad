package org.nero4j.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nero4j.bench.peers.Launch;
import org.nero4j.bench.peers.PeerProcess;
import picocli.CommandLine.Option;

/// Which libraries nero4j is set beside, and where they are.
final class PeerOptions {
  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "NAME",
      description = "among ${COMPLETION-CANDIDATES} (default: all)")
  private List<Launch> peers;

  @Option(
      names = "--modules",
      paramLabel = "FOLDER",
      description = "the bench module, whose builds hold the peers (default: ${DEFAULT-VALUE})")
  private Path modules = Path.of("bench");

  List<Launch> chosen() {
    return peers == null ? List.of(Launch.values()) : peers;
  }

  /// Starts one of them.
  ///
  /// @param turnMillis about how long a turn is
  PeerProcess start(Launch peer, Launch.Work work, int threads, long turnMillis)
      throws IOException {
    return peer.start(modules, work, threads, turnMillis * 1_000_000);
  }
}
