package dev.redoubt.node;

import akka.actor.ActorRef;
import akka.actor.Address;
import akka.actor.BootstrapSetup;
import akka.actor.ExtendedActorSystem;
import akka.actor.PoisonPill;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Adapter;
import akka.cluster.UniqueAddress;
import akka.remote.RARP;
import akka.remote.RemoteTransportException;
import akka.remote.artery.tcp.SSLEngineProvider;
import akka.remote.artery.tcp.SSLEngineProviderSetup;
import akka.remote.testkit.Blackhole;
import akka.remote.testkit.Direction;
import akka.remote.testkit.SetThrottle;
import akka.remote.testkit.ThrottleMode;
import akka.remote.testkit.Unthrottled;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.redoubt.store.net.TlsDoor;
import dev.redoubt.store.net.TlsFiles;
import dev.redoubt.store.net.TokenDoor;
import java.net.BindException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/** Starts the actor systems of cluster members. */
final class NodeSystems {

  /** Every member's actor system has this name: Akka joins only systems of one name. */
  static final String NAME = "redoubt";

  /** Akka's default names none of TLS 1.3. */
  private static final List<String> TLS_SUITES =
      List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");

  /** Without such a connection a system ends within 100 ms. */
  private static final int STREAMS_MILLIS_MAX = 300;

  private NodeSystems() {}

  /**
   * Starts a member, which does not join anybody yet.
   *
   * @param name of the member, for what is said in the log
   * @param host name or address at which it listens and others find it
   * @param port there; 0 = any free one
   * @param cuts whether the way between members may be cut by {@link #hear}
   * @param credentials by which it knows the others, and they it
   * @throws PortTakenException if the port is in use
   */
  static <T> ActorSystem<T> start(
      Behavior<T> guardian,
      String name,
      List<String> roles,
      String host,
      int port,
      boolean cuts,
      Credentials credentials)
      throws PortTakenException {
    Config own =
        ConfigFactory.parseString(
            """
                akka.cluster.roles = [%s]
                akka.remote.artery.canonical.hostname = "%s"
                akka.remote.artery.canonical.port = %d
                akka.remote.artery.advanced.test-mode = %s
                """
                .formatted(quoted(roles), host, port, cuts));
    TlsFiles tls = credentials.tls();
    Config config =
        (tls == null ? own : own.withFallback(secured(tls)))
            .withFallback(ConfigFactory.load("redoubt-node"));
    ActorSystemSetup setup =
        WireMapper.setup()
            .and(BootstrapSetup.create(config.resolve()))
            .and(SSLEngineProviderSetup.create(system -> engines(system, name, credentials)));
    try {
      return ActorSystem.create(guardian, NAME, setup);
    } catch (RemoteTransportException e) {
      if (isBindFailure(e)) {
        throw new PortTakenException(port, e);
      }
      throw e;
    }
  }

  /**
   * Ends a system. Over {@code tls-tcp} Akka now and then waits for a connection that the other end
   * has no reason to close, and it waits without a limit: after a while its streams are stopped.
   *
   * @return completed when it has ended
   */
  static CompletionStage<?> end(ActorSystem<?> system) {
    system.terminate();
    CompletableFuture<?> ended = system.getWhenTerminated().toCompletableFuture();
    CompletableFuture.delayedExecutor(STREAMS_MILLIS_MAX, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              if (!ended.isDone()) {
                Adapter.toClassic(system)
                    .actorSelection("/system/Materializers/*")
                    .tell(PoisonPill.getInstance(), ActorRef.noSender());
              }
            });
    return ended;
  }

  private static SSLEngineProvider engines(
      ExtendedActorSystem system, String name, Credentials credentials) {
    String here = name + " (Akka)";
    return credentials.tls() == null
        ? new TokenEngines(new TokenDoor(here, credentials.token()))
        : new CertificateEngines(system, new TlsDoor(here));
  }

  /** TLS 1.3 whose ends both show a certificate of the run's authority. */
  private static Config secured(TlsFiles tls) {
    String engine = "akka.remote.artery.ssl.config-ssl-engine.";
    return ConfigFactory.parseMap(
        Map.of(
            engine + "key-store",
            tls.keyStore().toString(),
            engine + "key-store-password",
            TlsFiles.STORE_PASSWORD,
            engine + "key-password",
            TlsFiles.STORE_PASSWORD,
            engine + "trust-store",
            tls.trustStore().toString(),
            engine + "trust-store-password",
            TlsFiles.STORE_PASSWORD,
            engine + "protocol",
            "TLSv1.3",
            engine + "enabled-algorithms",
            TLS_SUITES,
            engine + "require-mutual-authentication",
            true,
            engine + "hostname-verification",
            true));
  }

  /**
   * Whether {@code system} and {@code peer} hear each other. Akka's hook looks for the same pair of
   * addresses in both directions, so that it can only cut both.
   */
  static CompletionStage<Boolean> hear(ActorSystem<?> system, Address peer, boolean hears) {
    ThrottleMode mode = hears ? Unthrottled.getInstance() : Blackhole.getInstance();
    Future<Object> done =
        ((RARP) RARP.get(Adapter.toClassic(system)))
            .provider()
            .transport()
            .managementCommand(new SetThrottle(peer, Direction.sendDirection(), mode));
    return FutureConverters.asJava(done).thenApply(Boolean.TRUE::equals);
  }

  /** Nothing of that incarnation of a member is heard any more, and the membership knows it. */
  static void quarantine(ActorSystem<?> system, UniqueAddress member, String reason) {
    ((RARP) RARP.get(Adapter.toClassic(system)))
        .provider()
        .quarantine(member.address(), Option.apply(member.longUid()), reason);
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
