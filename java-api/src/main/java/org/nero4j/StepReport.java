package org.nero4j;

/// What a step did.
///
/// @param skipped the whole step was skipped because of a gradient that is not finite
/// @param step steps taken so far, this one included
/// @param parametersStepped parameters that moved
/// @param parametersAbsent parameters that had no gradient
/// @param neuronsNonFinite neurons with a gradient that is not finite
/// @param neuronsUnbalanced neurons that landed where they cannot be balanced: Nero leaves them in
///   place, others where they are
/// @param neuronsExempt neurons that are exempt from the constraint
/// @param gradientNorm norm of all gradients, scaled; NaN where the step had no need of it
public record StepReport(
    boolean skipped,
    long step,
    long parametersStepped,
    long parametersAbsent,
    long neuronsNonFinite,
    long neuronsUnbalanced,
    long neuronsExempt,
    double gradientNorm) {}
