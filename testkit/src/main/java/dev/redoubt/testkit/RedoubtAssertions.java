package dev.redoubt.testkit;

/** Where assertions on reports begin. */
public final class RedoubtAssertions {

  private RedoubtAssertions() {}

  /** Assertions on what came out of a run. */
  public static ReportAssert assertThat(Report report) {
    return new ReportAssert(report);
  }

  /** A worker's place, for {@link FaultAssert#blamedOn}. */
  public static String place(int pod, int rank) {
    return "pod" + pod + "/rank" + rank;
  }
}
