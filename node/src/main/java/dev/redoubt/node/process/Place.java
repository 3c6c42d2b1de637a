package dev.redoubt.node.process;

import dev.redoubt.core.Epoch;
import dev.redoubt.node.Credentials;
import dev.redoubt.node.Role;
import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TlsFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a member of the cluster stands, as its process is told.
 *
 * @param name of its own in the run
 * @param role what it is there for
 * @param host name or address at which it listens and others find it
 * @param port of its actor system there; 0 = any free one
 * @param fabricPort of its end of the fabric; 0 = any free one
 * @param seeds addresses of members to join; empty for the first, which founds the cluster
 * @param token that all members of the run have, and nobody else
 * @param members with this one, as many as it waits for before it takes part
 * @param number of the process in the run, from 1 on
 * @param certificates the folder with its own, of {@link TlsFiles#in}; null for plain TCP
 * @param open whether faults may be asked for while the run goes
 * @param defects cores of its machine that are defective since an earlier name of it: the step
 *     since which, by the fault's id
 */
public record Place(
    String name,
    Role role,
    String host,
    int port,
    int fabricPort,
    List<String> seeds,
    String token,
    int members,
    int number,
    @Nullable Path certificates,
    boolean open,
    Map<String, Long> defects) {

  /** Processes in a run: each has its share of the incarnations that controllers may have. */
  public static final int NUMBER_MAX = 500;

  static final int INCARNATIONS = Epoch.INCARNATION_MAX / (NUMBER_MAX + 1);

  public Place {
    if (number < 1 || number > NUMBER_MAX || members < 1) {
      throw new IllegalArgumentException(
          "a process has a number of 1 to %d and counts itself, not %d and %d"
              .formatted(NUMBER_MAX, number, members));
    }
    seeds = List.copyOf(seeds);
    defects = Map.copyOf(defects);
  }

  Credentials credentials() {
    return new Credentials(
        RunToken.parse(token), certificates == null ? null : TlsFiles.in(certificates));
  }
}
