package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.digest.DigestTree;
import dev.redoubt.store.TransferException.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where an endpoint answers what others ask of its donor, whatever carried the question. One thread
 * at a time asks.
 */
public final class DonorDesk {

  private static final int TREES_MAX = 16;

  private record Tree(long version, DigestTree tree) {}

  private final String node;
  private final LongSupplier fenced;
  private volatile @Nullable Donor donor;

  /** The tree that each asker was last given the root of; of few, the oldest goes. */
  private final Map<String, Tree> trees =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Tree> eldest) {
          return size() > TREES_MAX;
        }
      };

  /**
   * For the endpoint {@code node}.
   *
   * @param fenced the oldest epoch whose questions are answered
   */
  public DonorDesk(String node, LongSupplier fenced) {
    this.node = node;
    this.fenced = fenced;
  }

  /** Who gives from now on. */
  public void serve(Donor next) {
    donor = next;
  }

  /**
   * Who gives, to somebody in {@code epoch}.
   *
   * @throws TransferException if the epoch is fenced, or if there is no donor
   */
  public Donor donor(long epoch) throws TransferException {
    if (epoch < fenced.getAsLong()) {
      throw new TransferException(
          Reason.STALE_EPOCH,
          "%s refuses epoch %d: it is at %d".formatted(node, epoch, fenced.getAsLong()));
    }
    Donor from = donor;
    if (from == null) {
      throw missing("any version");
    }
    return from;
  }

  /** The digests of what memory holds now. */
  public BlockDigests digests(long epoch, long version) throws TransferException {
    return donor(epoch).digests(version).orElseThrow(() -> missing("version " + version));
  }

  /** The root of what memory holds now; nodes asked for after it are of the same reading. */
  public Digest root(String asker, long epoch, long version) throws TransferException {
    trees.remove(asker);
    return tree(asker, epoch, version).root();
  }

  /** Nodes of the tree that {@code asker} was last given the root of. */
  public long[] nodes(String asker, long epoch, long version, Ask ask) throws TransferException {
    try {
      return tree(asker, epoch, version).answer(ask);
    } catch (IllegalArgumentException e) {
      throw new TransferException(Reason.MISSING, node + ": " + e.getMessage());
    }
  }

  private DigestTree tree(String asker, long epoch, long version) throws TransferException {
    Donor from = donor(epoch);
    Tree known = trees.get(asker);
    if (known == null || known.version() != version) {
      DigestTree read = from.tree(version).orElseThrow(() -> missing("version " + version));
      known = new Tree(version, read);
      trees.put(asker, known);
    }
    return known.tree();
  }

  /** That it does not keep something. */
  public TransferException missing(String what) {
    return new TransferException(Reason.MISSING, node + " does not keep " + what);
  }
}
