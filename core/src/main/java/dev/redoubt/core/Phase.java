package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the controller is waiting for. */
sealed interface Phase {

  /** For all workers to join. */
  record Forming() implements Phase {}

  /**
   * For a majority to promise not to obey a lower epoch.
   *
   * @param heard the highest epoch that anybody has promised to obey
   * @param known workers that have been heard of
   * @param reports of those that promised
   */
  record Claiming(long heard, Set<WorkerId> known, Map<WorkerId, Message.Report> reports)
      implements Phase {
    public Claiming {
      known = Sorted.set(known);
      reports = Sorted.map(reports);
    }
  }

  /** For nothing: another controller reigns since epoch {@code by}. */
  record Deposed(long by) implements Phase {}

  /**
   * For everybody to stand on version {@code base}, read again and intact.
   *
   * @param standing of each worker that has a rank
   */
  record Preparing(long base, Map<WorkerId, Standing> standing) implements Phase {
    public Preparing {
      standing = Sorted.map(standing);
    }

    /** What {@code worker} was asked to fetch from {@code donor}; null if it was not. */
    Standing.@Nullable Fetches fetching(WorkerId worker, long version, WorkerId donor) {
      return version == base
              && standing.get(worker) instanceof Standing.Fetches fetches
              && fetches.donor().equals(donor)
          ? fetches
          : null;
    }
  }

  /** How far a worker is with its preparation. */
  sealed interface Standing {
    /** Asked. */
    record Asked() implements Standing {}

    /** It stands on the base. */
    record Stands(@Nullable Digest digest) implements Standing {}

    /** It needs the base from a donor; {@code tried} could not give it. */
    record Needs(Message.Flaw flaw, Set<WorkerId> tried) implements Standing {
      public Needs {
        tried = Sorted.set(tried);
      }
    }

    /** It is fetching the base. */
    record Fetches(WorkerId donor, Message.Flaw flaw, Set<WorkerId> tried) implements Standing {
      public Fetches {
        tried = Sorted.set(tried);
      }
    }
  }

  /** For a spare to replay the step of the inquiry. */
  record Arbitrating(long base, WorkerId arbiter, Message.Replay order) implements Phase {}

  /**
   * For who was blamed for a step, and for one or two others, to say what they compute of it.
   *
   * @param rows that are known to differ; 0 if none is yet
   * @param answers to the question of the order
   */
  record Diagnosing(
      Suspicion suspicion,
      List<WorkerId> witnesses,
      Message.Trace order,
      int rows,
      Map<WorkerId, Message.Traced> answers)
      implements Phase {
    public Diagnosing {
      witnesses = List.copyOf(witnesses);
      answers = Sorted.map(answers);
    }

    /** Everybody that was asked. */
    List<WorkerId> asked() {
      return Stream.concat(Stream.of(suspicion.worker()), witnesses.stream()).toList();
    }

    /** Who has not answered yet. */
    List<WorkerId> silent() {
      return asked().stream().filter(worker -> !answers.containsKey(worker)).toList();
    }
  }

  /** For the attestations of a step. */
  record Running(long step, Map<WorkerId, Message.Attested> attested) implements Phase {
    public Running {
      attested = Sorted.map(attested);
    }
  }

  /**
   * For the audits of a step that everybody attested, and whose copies agree; where audits lag, for
   * those of the steps before it.
   *
   * @param from when that was, in milliseconds of the shell's monotonic clock
   */
  record Auditing(Running running, long from) implements Phase {}

  /** For stored versions to be mended, before the step after {@code step} begins. */
  record Mending(long step, List<Mend> mends) implements Phase {
    public Mending {
      mends = List.copyOf(mends);
    }

    /** What {@code worker} was asked to mend with the help of {@code donor}; null if it was not. */
    @Nullable Mend asked(WorkerId worker, long version, WorkerId donor) {
      return mends.stream()
          .filter(mend -> mend.worker().equals(worker))
          .filter(mend -> mend.version() == version && mend.donor().equals(donor))
          .findFirst()
          .orElse(null);
    }
  }

  /** A stored version of a worker that has to be mended from a donor. */
  record Mend(WorkerId worker, long version, Digest agreed, WorkerId donor, Set<WorkerId> tried) {
    public Mend {
      tried = Sorted.set(tried);
    }
  }

  /** For everybody to read the last version once more. */
  record Finishing(long step, Map<WorkerId, Digest> finals) implements Phase {
    public Finishing {
      finals = Sorted.map(finals);
    }
  }

  /** For nothing: the run is over. */
  record Concluded(Verdict verdict) implements Phase {}
}
