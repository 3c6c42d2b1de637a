package dev.redoubt.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;

/**
 * When the cluster's membership gives a silent member up. A process that is gone is not waited for:
 * it refuses connections ({@link Member#broken}).
 *
 * @param heartbeat how often members say that they are there
 * @param pause that heartbeats may make before a member is unreachable
 * @param stable for so long nothing may change before the unreachable are taken off
 */
public record MembershipTimes(Duration heartbeat, Duration pause, Duration stable) {

  /** As every member has them. */
  public static MembershipTimes configured() {
    Config cluster = ConfigFactory.load("redoubt-node").getConfig("akka.cluster");
    return new MembershipTimes(
        cluster.getDuration("failure-detector.heartbeat-interval"),
        cluster.getDuration("failure-detector.acceptable-heartbeat-pause"),
        cluster.getDuration("split-brain-resolver.stable-after"));
  }
}
