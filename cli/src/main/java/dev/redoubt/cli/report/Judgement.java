package dev.redoubt.cli.report;

import java.util.List;
import java.util.Objects;

/**
 * The verdict and its reason in one plain sentence.
 *
 * <p>Order of weight: interrupted, lost without being asked for, failed, inconclusive, passed. A
 * failure outweighs a fault that did not strike; what the missing fault could explain is open, not
 * failed ({@link Expectations}).
 */
record Judgement(Verdict verdict, String reason) {

  static Judgement of(RunOutcome outcome, List<Expectation> expectations) {
    List<Expectation> failed = expectations.stream().filter(Expectation::failed).toList();
    List<Expectation> open = expectations.stream().filter(Expectation::open).toList();
    boolean lostAsWanted =
        expectations.stream()
            .anyMatch(e -> e.id().equals("finalState") && Boolean.TRUE.equals(e.held()));
    return switch (outcome.ending()) {
      case INTERRUPTED -> new Judgement(Verdict.INTERRUPTED, ending(outcome, "it was interrupted"));
      case LOST ->
          lostAsWanted
              ? weigh(outcome, failed, open)
              : new Judgement(
                  Verdict.LOST, ending(outcome, "no whole copy of the model state was left"));
      case UNDECIDABLE ->
          new Judgement(Verdict.FAILED, ending(outcome, "nobody could say which worker was wrong"));
      case OUT_OF_TIME ->
          new Judgement(Verdict.FAILED, ending(outcome, "the run was not over in time"));
      case COMPLETED -> weigh(outcome, failed, open);
    };
  }

  private static String ending(RunOutcome outcome, String otherwise) {
    return outcome.endingReason().isEmpty() ? otherwise : outcome.endingReason();
  }

  private static Judgement weigh(
      RunOutcome outcome, List<Expectation> failed, List<Expectation> open) {
    if (!failed.isEmpty()) {
      return new Judgement(Verdict.FAILED, sentence(outcome, failed));
    }
    if (!open.isEmpty()) {
      return new Judgement(Verdict.INCONCLUSIVE, sentence(outcome, open));
    }
    return new Judgement(Verdict.PASSED, "");
  }

  private static String sentence(RunOutcome outcome, List<Expectation> all) {
    String first = sentence(outcome, all.getFirst());
    return switch (all.size()) {
      case 1 -> first;
      case 2 -> first + "; and " + all.get(1).id() + " does not hold either";
      default -> first + "; and " + (all.size() - 1) + " more do not hold";
    };
  }

  private static String sentence(RunOutcome outcome, Expectation expectation) {
    if (expectation.id().equals("finalState") && expectation.wanted().equals("golden")) {
      FinalBits bits = FinalBits.of(outcome);
      if (bits.known()) {
        return "the final bits are not golden: wanted "
            + outcome.goldenDigest()
            + ", got "
            + bits.shown()
            + " on "
            + podWords(Objects.requireNonNullElse(bits.pod(), "every pod"));
      }
    }
    if (expectation.id().endsWith(".struck")) {
      return notStruck(outcome, expectation.id());
    }
    String wanted = expectation.id() + ": wanted " + expectation.wanted();
    return expectation.open()
        ? wanted + ", but that could not be told: " + expectation.observed()
        : wanted + ", got " + expectation.observed();
  }

  /** With a space before the number, for a sentence. */
  private static String podWords(String pod) {
    return pod.replaceFirst("^pod([0-9])", "pod $1");
  }

  private static String notStruck(RunOutcome outcome, String expectation) {
    String id =
        expectation.substring("faults.".length(), expectation.length() - ".struck".length());
    String why =
        outcome.faults().stream()
            .filter(fault -> fault.id().equals(id))
            .map(RunOutcome.FaultReport::evidence)
            .filter(evidence -> !evidence.isBlank())
            .findFirst()
            .orElse("there is no proof of it");
    return "the fault " + id + " did not strike: " + why;
  }
}
