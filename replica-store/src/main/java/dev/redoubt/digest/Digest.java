package dev.redoubt.digest;

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

  /** Reads the form that {@link #toString} writes: sixteen lower-case hexadecimal digits. */
  public static Digest parse(String hex) {
    if (!hex.matches("[0-9a-f]{16}")) {
      throw new IllegalArgumentException(
          "a digest is sixteen lower-case hexadecimal digits, not '" + hex + "'");
    }
    return new Digest(Long.parseUnsignedLong(hex, 16));
  }

  @Override
  public String toString() {
    String hex = Long.toHexString(value);
    return "0".repeat(16 - hex.length()) + hex;
  }
}
