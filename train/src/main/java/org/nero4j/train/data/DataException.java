package org.nero4j.train.data;

/// A data set is missing, truncated or not what it should be; the message names the file and both
/// numbers.
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DataException(String message) {
    super(message);
  }

  DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
