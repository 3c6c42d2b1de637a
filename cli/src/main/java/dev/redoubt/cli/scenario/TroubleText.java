package dev.redoubt.cli.scenario;

import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Share;
import dev.redoubt.fault.Trouble;
import java.time.Duration;
import java.util.Locale;

/** Faults of the network in words. */
public final class TroubleText {

  private TroubleText() {}

  /** What happens, for people. */
  public static String of(Trouble trouble) {
    return switch (trouble) {
      case Trouble.CorruptFrame corrupt ->
          "%d frames change on their way to %s"
              .formatted(
                  corrupt.frames(),
                  corrupt.receivers() == Trouble.Receivers.ONE ? "one receiver" : "all receivers");
      case Trouble.Delay delay ->
          "frames arrive %d ms later, for %d steps"
              .formatted(delay.length().toMillis(), delay.steps());
      case Trouble.Loss loss -> text(loss.share()) + " never arrive";
      case Trouble.Duplicate twice -> text(twice.share()) + " arrive twice";
      case Trouble.Reorder reorder -> text(reorder.share()) + " are overtaken";
      case Trouble.SlowLink slow ->
          "frames leave at %d bytes a second, for %d steps"
              .formatted(slow.bytesPerSecond(), slow.steps());
      case Trouble.CutFrames cut -> "no frames" + text(cut.direction(), cut.length());
      case Trouble.CutControl cut -> "no control messages" + text(cut.direction(), cut.length());
    };
  }

  private static String text(Share share) {
    return share.count() == Share.ANY
        ? "each frame with probability %s, for %d steps,"
            .formatted(share.probability(), share.steps())
        : share.count() + " frames";
  }

  private static String text(Partition.Direction direction, Duration length) {
    return " (%s) for %s s"
        .formatted(direction.name().toLowerCase(Locale.ROOT), length.toNanos() / 1e9);
  }
}
