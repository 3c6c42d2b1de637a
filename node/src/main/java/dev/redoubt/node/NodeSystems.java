package dev.redoubt.node;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.remote.RemoteTransportException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.BindException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Starts the actor systems of cluster members. */
final class NodeSystems {

  /** Every member's actor system has this name: Akka joins only systems of one name. */
  static final String NAME = "redoubt";

  private NodeSystems() {}

  /**
   * Starts a member, which does not join anybody yet.
   *
   * @param port on loopback; 0 = any free one
   * @throws PortTakenException if the port is in use
   */
  static <T> ActorSystem<T> start(Behavior<T> guardian, List<String> roles, int port)
      throws PortTakenException {
    Config config =
        ConfigFactory.parseString(
                """
                akka.cluster.roles = [%s]
                akka.remote.artery.canonical.port = %d
                """
                    .formatted(quoted(roles), port))
            .withFallback(ConfigFactory.load("redoubt-node"));
    ActorSystemSetup setup = WireMapper.setup().and(BootstrapSetup.create(config.resolve()));
    try {
      return ActorSystem.create(guardian, NAME, setup);
    } catch (RemoteTransportException e) {
      if (isBindFailure(e)) {
        throw new PortTakenException(port, e);
      }
      throw e;
    }
  }

  private static String quoted(List<String> roles) {
    return roles.stream().map(role -> '"' + role + '"').collect(Collectors.joining(", "));
  }

  private static boolean isBindFailure(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException || String.valueOf(cause.getMessage()).contains("bind")) {
        return true;
      }
    }
    return false;
  }
}
