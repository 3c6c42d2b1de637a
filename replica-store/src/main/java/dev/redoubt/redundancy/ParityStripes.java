package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The parity of one group: which bytes of whose shard are in whose sum, and the arithmetic.
 *
 * <p>With m members a shard is cut into m - 1 stripes of whole digest blocks. Stripe t of member i
 * goes to member {@code i + 1 + t} modulo m, so each member gets one stripe of each other, and none
 * of its own: it holds their exclusive or. Whatever single member is lost, of each of its stripes
 * the sum and all other terms are with others.
 *
 * <p>Shards may be of unequal length; a stripe that is shorter, or empty, counts as followed by
 * zeros.
 */
public final class ParityStripes {

  private final List<Long> shardBytes;
  private final long stripeBytes;

  /**
   * The stripes of a group.
   *
   * @param shardBytes of each member, at least two
   */
  public ParityStripes(List<Long> shardBytes) {
    if (shardBytes.size() < 2) {
      throw new IllegalArgumentException(
          "a parity group has at least 2 members, not " + shardBytes.size());
    }
    this.shardBytes = List.copyOf(shardBytes);
    long longest = Collections.max(shardBytes);
    long blocks = (longest + BlockDigest.BLOCK_BYTES - 1) / BlockDigest.BLOCK_BYTES;
    long others = shardBytes.size() - 1L;
    this.stripeBytes = (blocks + others - 1) / others * BlockDigest.BLOCK_BYTES;
  }

  /** The stripes of one group of a placement. */
  static ParityStripes of(Placement placement, int group, StateSize state) {
    return new ParityStripes(
        placement.groups().get(group).stream()
            .map(place -> state.bytes(placement.owned(place).slice(), placement.slices()))
            .toList());
  }

  /**
   * A run of bytes.
   *
   * @param offset from the start of the shard
   * @param bytes 0 where the shard ends before
   */
  public record Range(long offset, long bytes) {}

  /** Members of the group. */
  public int members() {
    return shardBytes.size();
  }

  /** Bytes of a member's shard. */
  public long shardBytes(int member) {
    return shardBytes.get(member);
  }

  /**
   * The bytes of a member's shard that are in the sum of another one.
   *
   * @throws IllegalArgumentException if the two are the same: nobody holds a sum of its own bytes
   */
  public Range stripe(int member, int holder) {
    if (member == holder) {
      throw new IllegalArgumentException("member " + member + " holds no sum of its own shard");
    }
    int stripe = Math.floorMod(holder - member - 1, members());
    long offset = Math.min(stripe * stripeBytes, shardBytes.get(member));
    return new Range(offset, Math.min(stripeBytes, shardBytes.get(member) - offset));
  }

  /** Bytes of the sum that a member holds. */
  public long parityBytes(int holder) {
    return others(holder).stream().mapToLong(i -> stripe(i, holder).bytes()).max().orElse(0);
  }

  /** Bytes of all the stripes in the sum that a member holds: what it has to be sent. */
  public long termBytes(int holder) {
    return others(holder).stream().mapToLong(i -> stripe(i, holder).bytes()).sum();
  }

  /**
   * Bytes that others have to send so that a lost shard can be computed: of each of its stripes the
   * sum, and the terms of all others.
   */
  public long restoreBytes(int lost) {
    long bytes = 0;
    for (int holder : others(lost)) {
      long wanted = stripe(lost, holder).bytes();
      bytes += Math.min(wanted, parityBytes(holder));
      for (int member : others(holder)) {
        bytes += member == lost ? 0 : Math.min(wanted, stripe(member, holder).bytes());
      }
    }
    return bytes;
  }

  private List<Integer> others(int member) {
    return IntStream.range(0, members()).filter(other -> other != member).boxed().toList();
  }

  /**
   * Computes a member's sum from the shards of the others, all at once.
   *
   * @param shards by member; not asked for the holder's own
   * @param parity of {@link #parityBytes}; whatever it held is gone
   */
  public void encode(int holder, IntFunction<MemorySegment> shards, MemorySegment parity) {
    checkParity(holder, parity);
    List<MemorySegment> terms = new ArrayList<>();
    for (int member : others(holder)) {
      terms.add(part(shards, member, holder));
    }
    Xor.sum(parity, terms);
  }

  /**
   * Brings a sum up to date after one member's shard has changed, or a part of it.
   *
   * @param before of the member's shard, from {@code offset}
   * @param after the same bytes as they are now
   * @param offset in the shard; what lies outside of the holder's stripe is left out
   */
  public void change(
      int holder,
      int member,
      long offset,
      MemorySegment before,
      MemorySegment after,
      MemorySegment parity) {
    checkParity(holder, parity);
    if (before.byteSize() != after.byteSize() || offset < 0) {
      throw new IllegalArgumentException(
          "%d bytes at %d do not replace %d"
              .formatted(after.byteSize(), offset, before.byteSize()));
    }
    Range stripe = stripe(member, holder);
    long from = Math.max(offset, stripe.offset());
    long to = Math.min(offset + before.byteSize(), stripe.offset() + stripe.bytes());
    if (from < to) {
      Xor.change(
          parity.asSlice(from - stripe.offset(), to - from),
          before.asSlice(from - offset, to - from),
          after.asSlice(from - offset, to - from));
    }
  }

  /**
   * Computes a lost shard from everything else.
   *
   * @param shards by member; not asked for the lost one
   * @param parities by member; not asked for the lost one
   * @param into of the lost shard's length
   */
  public void restore(
      int lost,
      IntFunction<MemorySegment> shards,
      IntFunction<MemorySegment> parities,
      MemorySegment into) {
    checkLength("shard of member " + lost, into, shardBytes.get(lost));
    for (int holder : others(lost)) {
      Range range = stripe(lost, holder);
      MemorySegment parity = parities.apply(holder);
      checkParity(holder, parity);
      List<MemorySegment> terms = new ArrayList<>(List.of(start(parity, range.bytes())));
      for (int member : others(holder)) {
        if (member != lost) {
          terms.add(start(part(shards, member, holder), range.bytes()));
        }
      }
      Xor.sum(into.asSlice(range.offset(), range.bytes()), terms);
    }
  }

  private MemorySegment part(IntFunction<MemorySegment> shards, int member, int holder) {
    MemorySegment shard = shards.apply(member);
    checkLength("shard of member " + member, shard, shardBytes.get(member));
    Range range = stripe(member, holder);
    return shard.asSlice(range.offset(), range.bytes());
  }

  private static MemorySegment start(MemorySegment memory, long bytes) {
    return memory.asSlice(0, Math.min(bytes, memory.byteSize()));
  }

  private void checkParity(int holder, MemorySegment parity) {
    checkLength("sum of member " + holder, parity, parityBytes(holder));
  }

  private static void checkLength(String what, MemorySegment memory, long bytes) {
    if (memory.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "the %s has %d bytes, not %d".formatted(what, bytes, memory.byteSize()));
    }
  }
}
