package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is audited of the steps that are not verified yet, and what an earlier try of a step left
 * open.
 *
 * @param steps whose audits are not over: the one under way, and, where audits lag, those that the
 *     training is ahead of
 * @param doubts of steps that were given up because nobody could say who was wrong
 */
record Audit(Map<Long, Checks> steps, List<Doubt> doubts) {

  static final Audit NONE = new Audit(Map.of(), List.of());

  Audit {
    steps = Sorted.map(steps);
    doubts = List.copyOf(doubts);
  }

  /**
   * The drawn spans of a step.
   *
   * @param attested whether everybody has attested it, and its copies agree
   */
  record Checks(Map<Span, Check> bySpan, boolean attested) {
    Checks {
      bySpan = Sorted.map(bySpan);
    }

    List<Check> all() {
      return List.copyOf(bySpan.values());
    }

    /** Whether nobody is asked any more for what it has to say. */
    boolean settled() {
      return attested && bySpan.values().stream().allMatch(check -> check.asked() == null);
    }
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
   * @param base what was agreed of the version that it was computed on; on another one every sum is
   *     another, and nobody was wrong
   */
  record Doubt(long step, Check check, int redos, @Nullable Digest base) {}

  /** Whether some step is not audited yet. */
  boolean owes() {
    return !steps.isEmpty();
  }

  /** The last step before the oldest one that is not audited yet; {@code newest} if all are. */
  long auditedUpTo(long newest) {
    return steps.keySet().stream().mapToLong(step -> step - 1).reduce(newest, Math::min);
  }

  List<Check> checks(long step) {
    Checks known = steps.get(step);
    return known == null ? List.of() : known.all();
  }

  @Nullable Check check(long step, Span span) {
    Checks known = steps.get(step);
    return known == null ? null : known.bySpan().get(span);
  }

  /** The checks of all steps that wait for somebody. */
  List<Check> asked() {
    return steps.values().stream()
        .flatMap(checks -> checks.all().stream())
        .filter(check -> check.asked() != null)
        .toList();
  }

  /** Microbatches that {@code worker} was asked for, in the steps whose audits are not over. */
  int load(WorkerId worker) {
    return steps.values().stream()
        .flatMap(checks -> checks.all().stream())
        .filter(check -> check.tried().contains(worker))
        .mapToInt(check -> check.span().size())
        .sum();
  }

  /** A step begins. */
  Audit with(long step, Map<Span, Check> checks) {
    return checks.isEmpty()
        ? this
        : new Audit(Sorted.with(steps, step, new Checks(checks, false)), doubts);
  }

  Audit with(long step, Check check) {
    Checks known = Objects.requireNonNull(steps.get(step));
    Map<Span, Check> checks = Sorted.with(known.bySpan(), check.span(), check);
    return new Audit(Sorted.with(steps, step, new Checks(checks, known.attested())), doubts);
  }

  /** Everybody has attested {@code step}; what is checked of it is as it was attested. */
  Audit attested(long step, UnaryOperator<Check> asAttested) {
    Checks known = steps.get(step);
    if (known == null) {
      return this;
    }
    Map<Span, Check> checks = new TreeMap<>(known.bySpan());
    checks.replaceAll((span, check) -> asAttested.apply(check));
    return new Audit(Sorted.with(steps, step, new Checks(checks, true)), doubts);
  }

  /** The audits of {@code step} are over, and what was open about it is answered. */
  Audit passed(long step) {
    List<Doubt> left = doubts.stream().filter(doubt -> doubt.step() > step).toList();
    return new Audit(Sorted.without(steps, step), left);
  }

  /** All steps that are not verified are given up: what was asked of them counts no more. */
  Audit givenUp() {
    return new Audit(Map.of(), doubts);
  }

  /** They are given up, and {@code open} is what cannot be answered about {@code step}. */
  Audit givenUp(long step, List<Doubt> open) {
    List<Doubt> all = new ArrayList<>(open);
    doubts.stream().filter(doubt -> doubt.step() != step).forEach(all::add);
    return new Audit(Map.of(), all);
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
