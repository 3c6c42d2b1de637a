package dev.redoubt.node;

import dev.redoubt.store.net.ClusterCertificates;
import dev.redoubt.store.net.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority of one run and the files of its members, as long as the run goes. The authority's
 * key never leaves the memory of whoever runs it, so that the files that a killed supervisor leaves
 * behind let nobody in anywhere: each run trusts only its own.
 */
public final class RunCertificates implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunCertificates.class);

  /** Under which members find each other's actor systems. */
  private static final List<String> HOSTS = List.of(Member.LOOPBACK, "localhost");

  private final ClusterCertificates authority = ClusterCertificates.create();
  private final Path folder;
  private final boolean isOurs;
  private final List<TlsFiles> issued = new ArrayList<>();

  private RunCertificates(Path folder, boolean isOurs) {
    this.folder = folder;
    this.isOurs = isOurs;
  }

  /**
   * A new authority.
   *
   * @param folder in which each member gets a folder of its own; it must be there
   */
  public static RunCertificates in(Path folder) {
    return new RunCertificates(folder, false);
  }

  /** A new authority with a folder for temporary files, which is deleted at the end. */
  static RunCertificates temporary() throws IOException {
    return new RunCertificates(Files.createTempDirectory("redoubt-tls"), true);
  }

  /**
   * Makes the files of a member; only their owner can read them.
   *
   * @param member whose certificate it is
   * @throws java.io.UncheckedIOException if they cannot be written, or are there already
   */
  public TlsFiles issue(String member) {
    return issue(member, Member.LOOPBACK);
  }

  /**
   * The same for a member that is reached under {@code host}, a name or an address, as well as over
   * loopback.
   */
  public TlsFiles issue(String member, String host) {
    List<String> hosts = Stream.concat(HOSTS.stream(), Stream.of(host)).distinct().toList();
    TlsFiles files = authority.issue(folder.resolve(member + ".tls"), member, hosts);
    issued.add(files);
    return files;
  }

  /** Deletes the files; what cannot be deleted is said in the log. */
  @Override
  public void close() {
    try {
      for (TlsFiles files : issued) {
        for (Path file : files.all()) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(files.folder());
      }
      if (isOurs) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      LOG.warn("certificates of the run that is over stay in {}: {}", folder, e.toString());
    }
  }
}
