package dev.redoubt.node;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.SelfRemoved;
import akka.cluster.typed.Subscribe;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the fabric who is a member and where its end of the fabric is. Each member says so itself,
 * by a role that the cluster's gossip brings to all: nobody has to be asked, so nobody can be gone.
 */
final class MembershipActor {

  private static final String PREFIX = "fabric:";
  private static final String NAME = "name:";

  /** What this actor understands. */
  sealed interface Input permits Changed, Expelled, Broken, Refused {}

  record Changed(Member member, boolean gone) implements Input {}

  record Expelled() implements Input {}

  /** A connection to a member broke; it may be dead. */
  record Broken(String name) implements Input {}

  /** Nobody listens there any more. */
  record Refused(Member member) implements Input {}

  private static final int CONNECT_MILLIS_MAX = 1_000;

  private final ActorContext<Input> context;
  private final Neighbours neighbours;
  private final Departed departed;
  private final Map<String, Member> members = new HashMap<>();

  private MembershipActor(ActorContext<Input> context, Neighbours neighbours, Departed departed) {
    this.context = context;
    this.neighbours = neighbours;
    this.departed = departed;
  }

  /** The role that says what a member is called. */
  static String nameTag(String name) {
    return NAME + name;
  }

  /** What a member is called. */
  static Optional<String> nameOf(Member member) {
    return tagOf(member, NAME);
  }

  /** The role that says where the fabric of {@code name} is. */
  static String tag(String name, InetSocketAddress fabric) {
    return PREFIX + name + "@" + fabric.getHostString() + ":" + fabric.getPort();
  }

  static Behavior<Input> create(Neighbours neighbours, Departed departed) {
    return Behaviors.setup(
        context -> {
          subscribe(context);
          return new MembershipActor(context, neighbours, departed).behavior();
        });
  }

  private Behavior<Input> behavior() {
    return Behaviors.receiveMessage(
        input -> {
          switch (input) {
            case Changed changed -> tell(changed);
            case Expelled ignored -> neighbours.expelled();
            case Broken broken -> probe(broken.name());
            case Refused refused -> takeOff(refused.member());
          }
          return Behaviors.same();
        });
  }

  /**
   * A process that is gone refuses connections, one that hangs or is cut off does not: only the
   * first need not be waited for.
   */
  private void probe(String name) {
    Member member = members.get(name);
    if (member != null) {
      ActorRef<Input> self = context.getSelf();
      Thread.ofVirtual()
          .start(
              () -> {
                if (isRefused(member.address())) {
                  self.tell(new Refused(member));
                }
              });
    }
  }

  private static boolean isRefused(Address address) {
    InetSocketAddress target =
        new InetSocketAddress(
            address.getHost().orElse("127.0.0.1"), address.getPort().orElseThrow());
    try (Socket socket = new Socket()) {
      socket.connect(target, CONNECT_MILLIS_MAX);
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Off it goes. The membership removes only who is down and known to be unreachable, which its
   * failure detector would see seconds later; whoever is quarantined is known to be at once.
   */
  private void takeOff(Member member) {
    String reason = "it refuses connections: its process is gone, so is the member";
    context.getLog().info("{} is taken off: {}", member.address(), reason);
    NodeSystems.quarantine(context.getSystem(), member.uniqueAddress(), reason);
    Cluster.get(context.getSystem()).manager().tell(new Down(member.address()));
  }

  private static void subscribe(ActorContext<Input> context) {
    Cluster cluster = Cluster.get(context.getSystem());
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(
                    ClusterEvent.MemberEvent.class,
                    event -> new Changed(event.member(), isGone(event))),
                ClusterEvent.MemberEvent.class));
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(SelfRemoved.class, event -> new Expelled()),
                SelfRemoved.class));
  }

  private static boolean isGone(ClusterEvent.MemberEvent event) {
    return event instanceof ClusterEvent.MemberRemoved
        || event instanceof ClusterEvent.MemberDowned;
  }

  private void tell(Changed changed) {
    String name = nameOf(changed.member()).orElseThrow();
    if (changed.gone()) {
      members.remove(name);
      departed.add(name);
      neighbours.gone(name);
    } else {
      members.put(name, changed.member());
      tagOf(changed.member(), PREFIX).ifPresent(fabric -> neighbours.here(name, address(fabric)));
      if (changed.member().status().equals(MemberStatus.up())) {
        neighbours.up(name);
      }
    }
  }

  private static InetSocketAddress address(String fabric) {
    int at = fabric.indexOf('@');
    int colon = fabric.lastIndexOf(':');
    return new InetSocketAddress(
        fabric.substring(at + 1, colon), Integer.parseInt(fabric.substring(colon + 1)));
  }

  private static Optional<String> tagOf(Member member, String prefix) {
    return member.getRoles().stream()
        .filter(role -> role.startsWith(prefix))
        .map(role -> role.substring(prefix.length()))
        .findFirst();
  }
}
