package dev.redoubt.trainer.replay;

import dev.redoubt.digest.Digest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What kind of fault a difference was, told from repetitions of the same computation.
 *
 * @param kind of fault
 * @param reason what speaks for it
 */
public record Classification(Kind kind, String reason) {

  /** What a fault is taken for. */
  public enum Kind {
    /** It is gone. That acquits nobody: it is a strike. */
    TRANSIENT,
    /** The suspect makes it again, and the others do not. */
    PERSISTENT,
    /** It follows the data: several machines make the same difference. */
    SOFTWARE,
    /** Nothing can tell. */
    UNDECIDABLE
  }

  /**
   * Judges a computation that a suspect answered with {@code alarm}.
   *
   * @param alarm the answer that raised the alarm
   * @param again the suspect's answers to the same question, in order
   * @param others the answers of other machines, one of each; the more that agree, the better
   * @param reference the answer of the computation that is trusted, such as the agreed one; empty
   *     if there is none, and then the others have to agree
   */
  public static Classification of(
      Digest alarm, List<Digest> again, List<Digest> others, Optional<Digest> reference) {
    if (again.isEmpty()) {
      return undecidable("the suspect was not asked again");
    }
    Set<Digest> elsewhere = new HashSet<>(others);
    if (elsewhere.size() > 1) {
      return undecidable(
          "the other machines do not agree: they gave %d answers".formatted(elsewhere.size()));
    }
    if (reference.isEmpty() && others.isEmpty()) {
      return undecidable("there is nothing to hold the suspect against");
    }
    Digest right = reference.orElseGet(others::getFirst);
    if (!elsewhere.isEmpty() && !elsewhere.contains(right)) {
      return elsewhere.contains(alarm)
          ? software(others.size(), alarm)
          : undecidable("the other machines give an answer that nobody gave before");
    }
    if (alarm.equals(right)) {
      return undecidable("the suspect gave the right answer: there is no difference to explain");
    }
    return ofSuspect(alarm, again, right);
  }

  private static Classification ofSuspect(Digest alarm, List<Digest> again, Digest right) {
    long wrong = again.stream().filter(answer -> !answer.equals(right)).count();
    if (wrong == 0) {
      return new Classification(
          Kind.TRANSIENT, "gone in all %d repetitions; it stays a strike".formatted(again.size()));
    }
    long same = again.stream().filter(alarm::equals).count();
    return new Classification(
        Kind.PERSISTENT,
        "wrong again in %d of %d repetitions, %d times with the same bits"
            .formatted(wrong, again.size(), same));
  }

  private static Classification software(int machines, Digest alarm) {
    return new Classification(
        Kind.SOFTWARE,
        "%d other machines make the same difference, %s: it follows the data"
            .formatted(machines, alarm));
  }

  private static Classification undecidable(String reason) {
    return new Classification(Kind.UNDECIDABLE, reason);
  }
}
