package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is audited of the step under way, and what an earlier try of that step left open.
 *
 * @param step that the checks are of; -1 if there are none
 * @param checks by span
 * @param doubts of a step that was given up because nobody could say who was wrong
 */
record Audit(long step, Map<Span, Check> checks, List<Doubt> doubts) {

  static final Audit NONE = new Audit(-1, Map.of(), List.of());

  Audit {
    checks = Sorted.map(checks);
    doubts = List.copyOf(doubts);
  }

  /** What somebody computed who does not own the span. */
  record Opinion(WorkerId worker, Digest digest) {
    @Override
    public String toString() {
      return worker + " " + digest;
    }
  }

  /** What a check has come to. */
  enum Finding {
    /** A second opinion is needed, or a first one. */
    UNSETTLED,
    /** What the owner attested was computed by another worker too. */
    PASSED,
    /** Nobody could audit it. */
    UNAUDITED,
    /** Two others agree against the owner. */
    OWNER_WRONG,
    /** Two or three differ, each from each, and nobody is left to ask. */
    OPEN
  }

  /**
   * One span.
   *
   * @param attested the digest of its owner's sum; null until the owner has attested
   * @param asked who computes it at present; null if nobody does
   * @param tried who was asked
   * @param opinions of those who answered, two at most
   */
  record Check(
      Span span,
      WorkerId owner,
      @Nullable Digest attested,
      @Nullable WorkerId asked,
      Set<WorkerId> tried,
      List<Opinion> opinions) {
    Check {
      tried = Sorted.set(tried);
      opinions = List.copyOf(opinions);
    }

    static Check of(Span span, WorkerId owner) {
      return new Check(span, owner, null, null, Set.of(), List.of());
    }

    Check withAttested(@Nullable Digest digest) {
      return new Check(span, owner, digest, asked, tried, opinions);
    }

    Check asking(WorkerId worker) {
      return new Check(span, owner, attested, worker, Sorted.with(tried, worker), opinions);
    }

    Check unasked() {
      return new Check(span, owner, attested, null, tried, opinions);
    }

    Check with(Opinion opinion) {
      List<Opinion> more = new ArrayList<>(opinions);
      more.add(opinion);
      return new Check(span, owner, attested, null, tried, more);
    }

    boolean confirmed() {
      return opinions.stream().anyMatch(opinion -> opinion.digest().equals(attested));
    }

    /** Whether somebody differs from the owner. */
    boolean disputed() {
      return !opinions.isEmpty() && !opinions.getFirst().digest().equals(attested);
    }

    /**
     * What can be said of it.
     *
     * @param last whether nobody is left to ask
     */
    Finding finding(boolean last) {
      if (confirmed()) {
        return Finding.PASSED;
      }
      if (opinions.stream().map(Opinion::digest).distinct().count() < opinions.size()) {
        return Finding.OWNER_WRONG;
      }
      if (opinions.size() < 2 && !last) {
        return Finding.UNSETTLED;
      }
      return opinions.isEmpty() ? Finding.UNAUDITED : Finding.OPEN;
    }

    /** Auditors that two others contradict. */
    List<Opinion> liars() {
      return confirmed()
          ? opinions.stream().filter(opinion -> !opinion.digest().equals(attested)).toList()
          : List.of();
    }

    String evidence() {
      return "span "
          + span
          + ": "
          + owner
          + " attested "
          + Objects.requireNonNullElse(attested, "nothing")
          + ", computed again: "
          + opinions;
    }
  }

  /**
   * A check that stayed open. The step is done again, and whoever then says something else than
   * before was wrong.
   *
   * @param redos how often that was tried
   */
  record Doubt(long step, Check check, int redos) {}

  boolean waits() {
    return checks.values().stream().anyMatch(check -> check.asked() != null);
  }

  Audit with(Check check) {
    return new Audit(step, Sorted.with(checks, check.span(), check), doubts);
  }

  /** The step is given up: what was asked of it counts no more. */
  Audit givenUp() {
    return new Audit(-1, Map.of(), doubts);
  }

  /** Whether an earlier try of step {@code of} left a question open. */
  boolean doubts(long of) {
    return doubts.stream().anyMatch(doubt -> doubt.step() == of);
  }

  /** How often a step was redone in vain because of {@code span}. */
  int redos(long of, Span span) {
    return doubts.stream()
        .filter(doubt -> doubt.step() == of && doubt.check().span().equals(span))
        .mapToInt(Doubt::redos)
        .max()
        .orElse(0);
  }
}
