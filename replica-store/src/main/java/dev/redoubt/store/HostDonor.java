package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/**
 * Gives what is its own, and its guests, which are asked for by {@link ShardVersion}.
 *
 * @param own for plain versions
 * @param guests by shard; it may change while this donor gives
 */
record HostDonor(Donor own, Map<Integer, VersionStore> guests) implements Donor {

  private Optional<Donor> guest(long number) {
    return Optional.ofNullable(guests.get(ShardVersion.shard(number))).map(Donor::of);
  }

  @Override
  public Optional<BlockDigests> digests(long number) {
    return ShardVersion.saysShard(number)
        ? guest(number).flatMap(donor -> donor.digests(ShardVersion.version(number)))
        : own.digests(number);
  }

  @Override
  public int copyBlock(long number, int block, MemorySegment into) {
    return ShardVersion.saysShard(number)
        ? guest(number)
            .map(donor -> donor.copyBlock(ShardVersion.version(number), block, into))
            .orElse(-1)
        : own.copyBlock(number, block, into);
  }

  @Override
  public Optional<Lease> hold(long number) {
    return ShardVersion.saysShard(number)
        ? guest(number).flatMap(donor -> donor.hold(ShardVersion.version(number)))
        : own.hold(number);
  }
}
