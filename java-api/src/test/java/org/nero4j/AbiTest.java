package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AbiTest {
  @Test
  void everySizeOffsetAndValueIsTheCompilers() {
    String described = NativeRuntime.abi();
    assertThat(described.lines()).hasSizeGreaterThan(150);
    described.lines().forEach(line -> assertThat(Abi.bound(line)).isEqualTo(line));
  }

  @Test
  void aMismatchNamesBothNumbers() {
    assertThatThrownBy(() -> Abi.check(7, 0, NativeRuntime.abi()))
        .isInstanceOf(AbiMismatchException.class)
        .hasMessageContaining("ABI 7")
        .hasMessageContaining("ABI 1");
    String other = "struct nero_error 999\n";
    assertThatThrownBy(() -> Abi.check(1, 0x1234, other))
        .isInstanceOf(AbiMismatchException.class)
        .hasMessageContaining("0000000000001234")
        .hasMessageContaining("struct nero_error 999");
  }
}
