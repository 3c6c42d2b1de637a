package dev.redoubt.digest;

import java.util.List;

/**
 * A 64-bit, position-dependent digest of a shard's bytes.
 *
 * <p>It is an error-detecting code against faults of hardware, not a cryptographic hash: nobody is
 * expected to construct collisions. Within one block every step is a bijection of the running
 * value, so any corruption confined to one 8-byte word always changes it.
 *
 * @param value the 64 bits
 */
public record Digest(long value) {

  private static final long COMBINE_PRIME = 0xA0761D6478BD642FL;

  /** Reads the form that {@link #toString} writes: sixteen lower-case hexadecimal digits. */
  public static Digest parse(String hex) {
    if (!hex.matches("[0-9a-f]{16}")) {
      throw new IllegalArgumentException(
          "a digest is sixteen lower-case hexadecimal digits, not '" + hex + "'");
    }
    return new Digest(Long.parseUnsignedLong(hex, 16));
  }

  /**
   * One digest for several, such as those of the shards of a model: it depends on their order and
   * number. Of a single one it is that one, so a model that is not cut keeps its digest.
   *
   * <p>A change of one part always changes it: every step is a bijection of the running value.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Digest combine(List<Digest> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("there is no digest of no parts");
    }
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    long h = parts.size() * COMBINE_PRIME;
    for (Digest part : parts) {
      h = BlockDigest.absorb(h, part.value);
    }
    return new Digest(BlockDigest.mix(h));
  }

  @Override
  public String toString() {
    String hex = Long.toHexString(value);
    return "0".repeat(16 - hex.length()) + hex;
  }
}
