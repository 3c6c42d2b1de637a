package dev.redoubt.node;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.SelfRemoved;
import akka.cluster.typed.Subscribe;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Tells the fabric who is a member and where its end of the fabric is. Each member says so itself,
 * by a role that the cluster's gossip brings to all: nobody has to be asked, so nobody can be gone.
 */
final class MembershipActor {

  private static final String PREFIX = "fabric:";

  /** What this actor understands. */
  private sealed interface Input permits Changed, Expelled {}

  private record Changed(Member member, boolean gone) implements Input {}

  private record Expelled() implements Input {}

  private MembershipActor() {}

  /** The role that says where the fabric of {@code name} is. */
  static String tag(String name, InetSocketAddress fabric) {
    return PREFIX + name + "@" + fabric.getHostString() + ":" + fabric.getPort();
  }

  static Behavior<?> create(Neighbours neighbours) {
    return Behaviors.<Input>setup(
        context -> {
          subscribe(context);
          return Behaviors.receive(Input.class)
              .onMessage(
                  Changed.class,
                  changed -> {
                    tell(changed, neighbours);
                    return Behaviors.same();
                  })
              .onMessage(
                  Expelled.class,
                  ignored -> {
                    neighbours.expelled();
                    return Behaviors.same();
                  })
              .build();
        });
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

  private static void tell(Changed changed, Neighbours neighbours) {
    tagOf(changed.member())
        .ifPresent(
            tag -> {
              int at = tag.indexOf('@');
              int colon = tag.lastIndexOf(':');
              String name = tag.substring(0, at);
              if (changed.gone()) {
                neighbours.gone(name);
              } else {
                neighbours.here(
                    name,
                    new InetSocketAddress(
                        tag.substring(at + 1, colon), Integer.parseInt(tag.substring(colon + 1))));
              }
            });
  }

  private static Optional<String> tagOf(Member member) {
    return member.getRoles().stream()
        .filter(role -> role.startsWith(PREFIX))
        .map(role -> role.substring(PREFIX.length()))
        .findFirst();
  }
}
