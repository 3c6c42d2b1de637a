package dev.redoubt.cli;

import dev.redoubt.cli.report.Verdict;

/** What the exit codes of every command mean. */
enum ExitCode {
  /** Every expectation held. */
  OK(0),
  /** An expectation or an invariant failed. */
  FAILED(1),
  /** Bad usage or a bad scenario file. */
  USAGE(2),
  /** A fault did not strike, or a figure could not be taken. */
  INCONCLUSIVE(3),
  /** The environment cannot run it. */
  ENVIRONMENT(4),
  /** Two runs that trained the same ended on other bits, or a replay did. */
  DIVERGED(5),
  /** A defect in Redoubt. */
  DEFECT(70),
  /** The user stopped it. */
  INTERRUPTED(130);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ExitCode of(Verdict verdict) {
    return switch (verdict) {
      case PASSED -> OK;
      case FAILED, LOST -> FAILED;
      case INCONCLUSIVE -> INCONCLUSIVE;
      case INTERRUPTED -> INTERRUPTED;
    };
  }
}
