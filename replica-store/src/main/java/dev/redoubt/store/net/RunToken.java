package dev.redoubt.store.net;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret of one run, which only its members have: who does not prove that it knows it gets no
 * link. It is never sent; both ends sign what the other has just made up, so that a recorded hello
 * is worth nothing.
 *
 * <p>It keeps strangers and members of other runs out. It does not hide what is sent, and who can
 * change bytes on the way can take a connection over: TLS is for that.
 */
public final class RunToken {

  static final int NONCE_BYTES = 16;
  static final int PROOF_BYTES = 32;

  private static final int BYTES = 32;
  private static final String MAC = "HmacSHA256";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] secret;

  private RunToken(byte[] secret) {
    this.secret = secret;
  }

  /** A new one. */
  public static RunToken random() {
    return new RunToken(randomBytes(BYTES));
  }

  /** Reads the form that {@link #hex} writes. */
  public static RunToken parse(String hex) {
    if (!hex.matches("[0-9a-f]{" + 2 * BYTES + "}")) {
      throw new IllegalArgumentException(
          "a run's token is %d hexadecimal digits".formatted(2 * BYTES));
    }
    return new RunToken(HexFormat.of().parseHex(hex));
  }

  /** Its hexadecimal form, for handing it to the members. */
  public String hex() {
    return HexFormat.of().formatHex(secret);
  }

  static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** Signs what was said, in the role {@code label}. */
  byte[] prove(String label, byte[] said) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(secret, MAC));
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      return mac.doFinal(said);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + MAC, e);
    }
  }

  boolean isProved(String label, byte[] said, byte[] proof) {
    return MessageDigest.isEqual(prove(label, said), proof);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RunToken that && MessageDigest.isEqual(secret, that.secret);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(secret);
  }

  /** Not the secret. */
  @Override
  public String toString() {
    return "a run's token";
  }
}
