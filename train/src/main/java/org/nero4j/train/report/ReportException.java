package org.nero4j.train.report;

/// A run folder cannot be read; the message is one line that names the file, the line and what was
/// expected there.
public final class ReportException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReportException(String message) {
    super(message);
  }

  ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
