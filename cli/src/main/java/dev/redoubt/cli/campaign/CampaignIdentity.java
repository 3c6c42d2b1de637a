package dev.redoubt.cli.campaign;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.redoubt.digest.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What the rows of a campaign depend on: two campaigns with the same identity have the same rows.
 *
 * @param name of the campaign
 * @param seed that was used
 * @param file SHA-256 of the campaign's file
 * @param version of Redoubt
 * @param data SHA-256 of what is learnt
 * @param golden digest of the last version of the fault-free training
 * @param injections that are wanted
 * @param arms by name
 * @param trainings without faults that are wanted
 */
@JsonInclude
record CampaignIdentity(
    String name,
    long seed,
    String file,
    String version,
    String data,
    String golden,
    long injections,
    List<String> arms,
    long trainings) {

  static CampaignIdentity of(CampaignSetup setup, Digest golden, String version) {
    return new CampaignIdentity(
        setup.campaign().name(),
        setup.campaign().base().seed(),
        sha256(setup.campaign().text()),
        version,
        setup.spec().data().digest(),
        golden.toString(),
        setup.injections(),
        List.copyOf(setup.campaign().arms().keySet()),
        setup.trainings());
  }

  private static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Why the rows of that one are not those of this one; empty if they are. */
  Optional<String> strangerThan(CampaignIdentity other) {
    if (!other.name.equals(name)) {
      return Optional.of("it is of the campaign " + other.name + ", not " + name);
    }
    if (other.seed != seed) {
      return Optional.of("it has the seed " + other.seed + ", not " + seed);
    }
    if (!other.file.equals(file)) {
      return Optional.of("the campaign's file has changed since");
    }
    if (!other.version.equals(version)) {
      return Optional.of("it is of version " + other.version + ", not " + version);
    }
    if (!other.data.equals(data)) {
      return Optional.of("the data have changed since");
    }
    return equals(other)
        ? Optional.empty()
        : Optional.of("the fault-free training ended on " + other.golden + ", not " + golden);
  }
}
