package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;

/** How a run ended, with the reason. */
public sealed interface Verdict {

  String reason();

  /**
   * All steps were trained.
   *
   * @param finals what each copy of the last version was read as at the end
   */
  record Completed(List<FinalDigest> finals) implements Verdict {
    public Completed {
      finals = List.copyOf(finals);
    }

    @Override
    public String reason() {
      return "all steps were committed";
    }
  }

  /** One copy at the end. */
  record FinalDigest(Rank rank, WorkerId worker, Digest digest) {}

  /** No intact copy of a shard is left. */
  record Lost(String reason) implements Verdict {}

  /** Copies differ, and nothing can say which is right. */
  record Undecidable(String reason) implements Verdict {}

  /** Not all workers joined in time. */
  record NotFormed(String reason) implements Verdict {}
}
