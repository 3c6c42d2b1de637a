package dev.redoubt.core;

import dev.redoubt.core.Message.Question;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Located;
import dev.redoubt.core.Note.Trigger;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Diagnosis: before a step is done again, who was blamed for it computes its part once more, and so
 * do two others, on the same version. Chained digests of all operations tell the first one whose
 * outputs differ; digests of its rows and the floats of one row tell the element and its bits.
 *
 * <p>Three questions, with answers of kilobytes, in place of a binary search with one for each
 * halving: a computation costs more than its digests do on the wire. What was wrong again, with two
 * against it, is wrong for good, and its rank goes to somebody else without another strike. What
 * came out right acquits nobody.
 */
final class Diagnosing {

  /** The suspect is outvoted by so many that agree. */
  private static final int WITNESSES = 2;

  private Diagnosing() {}

  /** Whether computing again can say more: what rots in memory is known by its digests. */
  static boolean explains(Detector detector) {
    return switch (detector) {
      case AUDIT, ABFT, STATE_DIGEST, ARBITRATION, SCREEN -> true;
      case FRAME_DIGEST, SCRUB, BASE_CHECK, TRANSFER, SCAN, SLOW, MEMBERSHIP, DEADLINE -> false;
    };
  }

  /** Asks, if somebody was blamed for this step. Returns whether it did. */
  static boolean begin(Turn turn, long step) {
    Suspicion suspicion = turn.suspicion;
    if (suspicion == null || suspicion.step() > step) {
      return false;
    }
    turn.suspicion = null;
    WorkerId suspect = suspicion.worker();
    // Whoever has a rank stands on the same version.
    List<WorkerId> witnesses =
        turn.roster.seats().values().stream()
            .filter(worker -> !worker.equals(suspect) && !turn.outworn(worker))
            .limit(WITNESSES)
            .toList();
    if (suspicion.step() < step || witnesses.isEmpty() || turn.roster.rankOf(suspect).isEmpty()) {
      return false;
    }
    ask(turn, suspicion, witnesses, 0, Question.CHAINS);
    return true;
  }

  private static void ask(
      Turn turn, Suspicion suspicion, List<WorkerId> witnesses, int rows, Question question) {
    Message.Trace order =
        new Message.Trace(turn.epoch, suspicion.step(), suspicion.spans(), question);
    Phase.Diagnosing next = new Phase.Diagnosing(suspicion, witnesses, order, rows, Map.of());
    turn.enter(next);
    next.asked().forEach(worker -> turn.send(worker, order));
  }

  static void remind(Turn turn, Phase.Diagnosing asked) {
    asked.silent().forEach(worker -> turn.send(worker, asked.order()));
  }

  /** The training waits no longer: whoever is gone is missed in the step. */
  static void overdue(Turn turn, Phase.Diagnosing asked) {
    conclude(turn, asked, Kind.UNDECIDABLE, null, "no answer by " + asked.silent());
  }

  static void traced(Turn turn, Message.Traced message) {
    if (!(turn.phase instanceof Phase.Diagnosing asked)
        || message.step() != asked.order().step()
        || !message.question().equals(asked.order().question())
        || !asked.silent().contains(message.worker())) {
      turn.refuseUnasked(message);
      return;
    }
    Phase.Diagnosing next =
        new Phase.Diagnosing(
            asked.suspicion(),
            asked.witnesses(),
            asked.order(),
            asked.rows(),
            Sorted.with(asked.answers(), message.worker(), message));
    turn.phase = next;
    if (next.silent().isEmpty()) {
      compare(turn, next);
    }
  }

  private static void compare(Turn turn, Phase.Diagnosing asked) {
    String flaw = flaw(asked);
    if (flaw != null) {
      conclude(turn, asked, Kind.UNDECIDABLE, null, flaw);
      return;
    }
    List<Long> found = answer(asked, asked.suspicion().worker()).values();
    List<Long> wanted = answer(asked, asked.witnesses().getFirst()).values();
    int first = firstThatDiffers(found, wanted);
    Question question = asked.order().question();
    if (question.ofChains()) {
      chains(turn, asked, first, found.size());
    } else if (first < 0) {
      String place = answer(asked, asked.suspicion().worker()).place();
      again(
          turn, asked, null, place + " was wrong again, and right when it was asked for once more");
    } else if (question.ofRows()) {
      int rows = (int) differing(found, wanted).count();
      ask(turn, asked.suspicion(), asked.witnesses(), rows, question.row(first));
    } else {
      Located located = located(asked, first, found.get(first), wanted.get(first));
      again(turn, asked, located, located.toString());
    }
  }

  /** Why the answers cannot be compared; null if they can. */
  private static @Nullable String flaw(Phase.Diagnosing asked) {
    List<Long> wanted = answer(asked, asked.witnesses().getFirst()).values();
    for (Message.Traced answer : asked.answers().values()) {
      if (answer.flaw() != null) {
        return answer.worker() + ": " + answer.flaw();
      }
      if (answer.values().isEmpty() || answer.values().size() != wanted.size()) {
        return "%d values and %d cannot be compared"
            .formatted(answer.values().size(), wanted.size());
      }
    }
    boolean agree =
        asked.witnesses().stream()
            .allMatch(witness -> answer(asked, witness).values().equals(wanted));
    return agree ? null : "the witnesses " + asked.witnesses() + " do not agree themselves";
  }

  private static Message.Traced answer(Phase.Diagnosing asked, WorkerId worker) {
    return Objects.requireNonNull(asked.answers().get(worker));
  }

  private static int firstThatDiffers(List<Long> found, List<Long> wanted) {
    return differing(found, wanted).findFirst().orElse(-1);
  }

  private static IntStream differing(List<Long> found, List<Long> wanted) {
    return IntStream.range(0, found.size()).filter(at -> !found.get(at).equals(wanted.get(at)));
  }

  private static Located located(Phase.Diagnosing asked, int column, long wrong, long right) {
    Question question = asked.order().question();
    return new Located(
        question.microbatch(),
        question.place(),
        answer(asked, asked.suspicion().worker()).place(),
        asked.rows(),
        question.row(),
        column,
        (int) wrong,
        (int) right);
  }

  /**
   * The chains of all microbatches are compared.
   *
   * @param first the first value that differs; negative if none does
   * @param count of values: for each microbatch what is read, then each place
   */
  private static void chains(Turn turn, Phase.Diagnosing asked, int first, int count) {
    List<Integer> microbatches = asked.suspicion().microbatches();
    int length = count / microbatches.size();
    if (first < 0) {
      conclude(
          turn,
          asked,
          Kind.TRANSIENT,
          null,
          "of microbatches %s all of %d operations came out right this time"
              .formatted(microbatches, length - 2));
    } else if (first % length == 0) {
      conclude(turn, asked, Kind.UNDECIDABLE, null, "it does not compute on the same parameters");
    } else {
      Question rows = Question.rows(microbatches.get(first / length), first % length - 1);
      ask(turn, asked.suspicion(), asked.witnesses(), 0, rows);
    }
  }

  /** It differs again. With one witness alone nobody can say which of the two is wrong. */
  private static void again(
      Turn turn, Phase.Diagnosing asked, @Nullable Located found, String evidence) {
    if (asked.witnesses().size() < WITNESSES) {
      String open = evidence + "; but nobody else is there to say which of the two is wrong";
      conclude(turn, asked, Kind.UNDECIDABLE, found, open);
    } else {
      conclude(turn, asked, Kind.PERSISTENT, found, evidence);
    }
  }

  private static void conclude(
      Turn turn, Phase.Diagnosing asked, Kind kind, @Nullable Located found, String evidence) {
    Suspicion suspicion = asked.suspicion();
    long step = suspicion.step();
    WorkerId worker = suspicion.worker();
    turn.write(
        new Note.Diagnosed(
            turn.epoch, step, worker, suspicion.rank(), kind, asked.witnesses(), found, evidence));
    if (kind == Kind.PERSISTENT) {
      turn.condemn(worker);
      List<WorkerId> evicted =
          Membership.evict(
              turn,
              step,
              List.of(worker),
              turn.roster.seats().values(),
              wrong -> "wrong again when it computed the same once more");
      if (!evicted.isEmpty()) {
        Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
        return;
      }
    }
    Stepping.run(turn, step);
  }
}
