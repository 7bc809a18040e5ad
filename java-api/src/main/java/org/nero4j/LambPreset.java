package org.nero4j;

/// The five optimisers that go by the name of LAMB; `docs/conventions.md` compares them.
public enum LambPreset {
  /// As "Learning by Turning" ran it.
  PAPER,
  /// NVIDIA apex FusedLAMB.
  APEX,
  /// apex FusedLAMB with `use_nvlamb`.
  NVLAMB,
  /// DeepSpeed FusedLamb.
  DEEPSPEED,
  /// kozistr's pytorch_optimizer.
  PYTORCH_OPTIMIZER
}
