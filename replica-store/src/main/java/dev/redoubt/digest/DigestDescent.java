package dev.redoubt.digest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way down two {@link DigestTree digest trees} to the blocks that differ, seen from the machine
 * that asks: question, answer, question, answer, until the blocks are known.
 *
 * <p>It knows no network: the caller carries {@link #ask} to the other machine and its answer back.
 * Equal roots end it before the first question. One question stands for a whole level, so there are
 * never more of them than levels.
 *
 * <p>Limit: two subtrees with different blocks and the same node would be passed by, with a chance
 * of 2^-64 for unrelated errors. {@link Differences#leadsTo} sees it.
 */
public final class DigestDescent {

  private final DigestTree mine;
  private final Digest theirRoot;
  private final long[] theirs;
  private final List<Integer> differing = new ArrayList<>();
  private Optional<Ask> ask;
  private long digests = 1;
  private int rounds;
  private long bytes = Long.BYTES;

  /**
   * Begins at the root.
   *
   * @param mine what the memory of this machine holds now
   * @param theirRoot what the other machine says of its copy
   */
  public DigestDescent(DigestTree mine, Digest theirRoot) {
    this.mine = mine;
    this.theirRoot = theirRoot;
    this.theirs = mine.blocks().toArray();
    this.ask =
        theirRoot.equals(mine.root()) || theirs.length == 0
            ? Optional.empty()
            : Optional.of(new Ask(mine.levels() - 1, List.of(0)));
  }

  /**
   * Which nodes are wanted: those of {@code level} below each of {@code parents}.
   *
   * @param level 0 is the blocks
   * @param parents indices in the level above, ascending; for the top level the single 0, the root
   */
  public record Ask(int level, List<Integer> parents) {

    public Ask {
      parents = List.copyOf(parents);
    }

    /** Bytes on the wire, without the envelope: the level, a count, an index for each parent. */
    public long bytes() {
      return (2L + parents.size()) * Integer.BYTES;
    }
  }

  /**
   * What came out, and what it took.
   *
   * @param blocks that differ, ascending
   * @param theirs the other machine's digests of all blocks: its own where they differ, else ours
   * @param digests that were exchanged, the root included
   * @param rounds questions and answers
   * @param bytes of root, questions and answers, without their envelopes
   */
  public record Differences(
      List<Integer> blocks, BlockDigests theirs, long digests, int rounds, long bytes) {

    public Differences {
      blocks = List.copyOf(blocks);
    }

    /**
     * Whether a copy with these blocks mended has the root {@code wanted}: no answer was wrong, and
     * no difference was missed.
     */
    public boolean leadsTo(Digest wanted) {
      return theirs.root().equals(wanted);
    }
  }

  /** The next question; empty when the blocks are known. */
  public Optional<Ask> ask() {
    return ask;
  }

  /**
   * Takes the answer to the question.
   *
   * @param nodes in the order of the question
   * @throws IllegalArgumentException if it is not as long as the question wants
   * @throws IllegalStateException if there is no question
   */
  public void answer(long[] nodes) {
    Ask asked =
        ask.orElseThrow(() -> new IllegalStateException("nothing was asked, so nothing answers"));
    long[] own = mine.answer(asked);
    if (nodes.length != own.length) {
      throw new IllegalArgumentException(
          "%d digests answer a question for %d".formatted(nodes.length, own.length));
    }
    digests += nodes.length;
    rounds++;
    bytes += asked.bytes() + (long) nodes.length * Long.BYTES;
    List<Integer> different = compare(asked, own, nodes);
    boolean deeper = asked.level() > 0 && !different.isEmpty();
    ask = deeper ? Optional.of(new Ask(asked.level() - 1, different)) : Optional.empty();
  }

  /** The indices, in their level, of the nodes that differ. */
  private List<Integer> compare(Ask asked, long[] own, long[] nodes) {
    List<Integer> different = new ArrayList<>();
    int next = 0;
    for (int parent : asked.parents()) {
      int from = parent * DigestTree.FAN_OUT;
      int to = Math.min(from + DigestTree.FAN_OUT, mine.count(asked.level()));
      for (int node = from; node < to; node++, next++) {
        if (own[next] != nodes[next]) {
          different.add(node);
          if (asked.level() == 0) {
            differing.add(node);
            theirs[node] = nodes[next];
          }
        }
      }
    }
    return different;
  }

  /**
   * What came out.
   *
   * @throws IllegalStateException if a question is still open
   */
  public Differences differences() {
    if (ask.isPresent()) {
      throw new IllegalStateException("level " + ask.get().level() + " was not answered");
    }
    return new Differences(differing, BlockDigests.of(theirs), digests, rounds, bytes);
  }

  @Override
  public String toString() {
    return "descent to " + theirRoot + ", " + rounds + " rounds";
  }
}
