package dev.redoubt.node.process;

import dev.redoubt.node.Role;
import java.util.List;

/**
 * Where a member of the cluster stands, as its process is told.
 *
 * @param name of its own in the run
 * @param role what it is there for
 * @param port of its actor system on loopback; 0 = any free one
 * @param fabricPort of its end of the fabric; 0 = any free one
 * @param seeds addresses of members to join; empty for the first, which founds the cluster
 * @param token that all members of the run have, and nobody else
 */
public record Place(
    String name, Role role, int port, int fabricPort, List<String> seeds, String token) {

  public Place {
    seeds = List.copyOf(seeds);
  }
}
