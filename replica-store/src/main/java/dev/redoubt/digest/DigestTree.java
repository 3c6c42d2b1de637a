package dev.redoubt.digest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The digests of a shard's blocks with digests of groups of them above, so that two machines find
 * the blocks in which their copies differ with few messages and few bytes (Merkle 1987).
 *
 * <p>Level 0 is the blocks. Each node of a level above stands for {@value #FAN_OUT} nodes of the
 * level below, the last one for what is left; the top level has at most {@value #FAN_OUT} nodes.
 * Above it is the root, and that is {@link BlockDigests#root()}, the fold over the blocks that
 * workers attest: so the tree changes no digest that anybody has seen. It cannot be computed from
 * the top level; who has come down to the blocks can compute it ({@link
 * DigestDescent.Differences#leadsTo}).
 *
 * <p>The fan-out is a choice between messages and bytes: one wrong block among 1,600 (100 MiB)
 * takes 2 questions and 89 digests; a fan-out of 16 would take 3 and 39, no tree 1 and 1,600. Up to
 * 4 MiB there is one question, up to 256 MiB there are two, up to 16 GiB three.
 */
public final class DigestTree {

  /** How many nodes of a level have one node above them. Part of the format. */
  public static final int FAN_OUT = 64;

  private static final long NODE_PRIME = 0x8EBC6AF09C88C6E3L;

  private final BlockDigests blocks;
  private final List<long[]> levels;

  private DigestTree(BlockDigests blocks, List<long[]> levels) {
    this.blocks = blocks;
    this.levels = levels;
  }

  /** Builds the levels above the blocks: one pass over the digests, not over the shard. */
  public static DigestTree of(BlockDigests blocks) {
    List<long[]> levels = new ArrayList<>(List.of(blocks.toArray()));
    while (levels.getLast().length > FAN_OUT) {
      levels.add(above(levels.getLast()));
    }
    return new DigestTree(blocks, List.copyOf(levels));
  }

  private static long[] above(long[] level) {
    long[] nodes = new long[(level.length + FAN_OUT - 1) / FAN_OUT];
    for (int node = 0; node < nodes.length; node++) {
      nodes[node] = fold(level, node * FAN_OUT, Math.min((node + 1) * FAN_OUT, level.length));
    }
    return nodes;
  }

  private static long fold(long[] level, int from, int to) {
    long h = (to - from) * NODE_PRIME;
    for (int child = from; child < to; child++) {
      h = BlockDigest.absorb(h, level[child]);
    }
    return BlockDigest.mix(h);
  }

  /** The digests of the blocks. */
  public BlockDigests blocks() {
    return blocks;
  }

  /** The digest of the whole shard, the one that is attested. */
  public Digest root() {
    return blocks.root();
  }

  /** How many levels there are below the root, that of the blocks included. */
  public int levels() {
    return levels.size();
  }

  /** How many nodes a level has; level 0 is the blocks. */
  public int count(int level) {
    return levels.get(level).length;
  }

  /** One node. */
  public long node(int level, int index) {
    return levels.get(level)[index];
  }

  /**
   * The nodes that {@code ask} wants, one after the other: what a donor answers.
   *
   * @throws IllegalArgumentException if the tree has no such level or node; a donor must not fall
   *     over what a stranger asks
   */
  public long[] answer(DigestDescent.Ask ask) {
    if (ask.level() < 0 || ask.level() >= levels.size()) {
      throw new IllegalArgumentException(
          "a tree of %d levels has no level %d".formatted(levels.size(), ask.level()));
    }
    long[] level = levels.get(ask.level());
    int parents = (level.length + FAN_OUT - 1) / FAN_OUT;
    return ask.parents().stream()
        .flatMapToLong(
            parent -> {
              if (parent < 0 || parent >= parents) {
                throw new IllegalArgumentException(
                    "level %d has %d nodes above it, and no node %d"
                        .formatted(ask.level(), parents, parent));
              }
              int to = Math.min((parent + 1) * FAN_OUT, level.length);
              return Arrays.stream(level, parent * FAN_OUT, to);
            })
        .toArray();
  }

  /**
   * Finds the blocks in which {@code other} differs, as two machines would, and says what it took.
   *
   * @throws IllegalArgumentException if the two are not of shards of the same size
   */
  public DigestDescent.Differences differing(DigestTree other) {
    if (count(0) != other.count(0)) {
      throw new IllegalArgumentException(
          "%d blocks cannot be compared with %d".formatted(count(0), other.count(0)));
    }
    DigestDescent descent = new DigestDescent(this, other.root());
    while (descent.ask().isPresent()) {
      descent.answer(other.answer(descent.ask().get()));
    }
    return descent.differences();
  }
}
