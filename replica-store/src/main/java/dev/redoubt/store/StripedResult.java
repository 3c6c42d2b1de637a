package dev.redoubt.store;

import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.Map;

/** How a {@link StripedTransfer} ended, or how far it came. */
public sealed interface StripedResult {

  /**
   * What made a donor drop out.
   *
   * @param donor its name
   * @param isCorrupt whether it gave bytes that are not the agreed ones; else it is gone, or does
   *     not have them
   */
  record Dropped(String donor, boolean isCorrupt, String reason) {}

  /** The donors that dropped out, in that order. */
  List<Dropped> dropped();

  /**
   * The target holds the version, verified.
   *
   * @param blocks moved, by donor
   * @param bytes moved
   */
  record Pulled(Map<String, Integer> blocks, long bytes, List<Dropped> dropped)
      implements StripedResult {

    public Pulled {
      blocks = Map.copyOf(blocks);
      dropped = List.copyOf(dropped);
    }
  }

  /**
   * No donor is left. The transfer may be resumed with others.
   *
   * @param missing blocks that are still to come; -1 if no donor knew the agreed digests
   */
  record Incomplete(int missing, List<Dropped> dropped) implements StripedResult {

    public Incomplete {
      dropped = List.copyOf(dropped);
    }
  }

  /**
   * Every block arrived well, and yet the target's memory does not hold them.
   *
   * @param found the root that the target read
   */
  record TargetCorrupt(Digest found, List<Dropped> dropped) implements StripedResult {

    public TargetCorrupt {
      dropped = List.copyOf(dropped);
    }
  }
}
