/// Fused optimiser steps over native memory. Start at [org.nero4j.Device] and [org.nero4j.Nero].
module org.nero4j {
  requires org.nero4j.bindings;

  exports org.nero4j;
}
