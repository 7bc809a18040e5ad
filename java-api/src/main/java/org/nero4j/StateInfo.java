package org.nero4j;

/// A named buffer of a parameter's state.
///
/// @param name such as `first_moment`
/// @param dtype the type of its elements
/// @param count elements
/// @param bytes size
public record StateInfo(String name, DType dtype, long count, long bytes) {}
