package org.nero4j;

/// A device.
///
/// @param kind its kind
/// @param index its number among its kind
/// @param name the processor's name
/// @param multiprocessors processors that this process may use, or multiprocessors of a GPU
/// @param memoryBytes memory in bytes
public record DeviceInfo(
    DeviceKind kind, int index, String name, int multiprocessors, long memoryBytes) {}
