package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Effects in the words of the transcripts: a line each, the same order to several as one line. */
final class Wording {

  private Wording() {}

  static List<String> controller(List<ControllerEffect> effects) {
    List<String> lines = new ArrayList<>();
    List<WorkerId> receivers = new ArrayList<>();
    String order = "";
    for (ControllerEffect effect : effects) {
      if (effect instanceof ControllerEffect.Send send) {
        String text = order(send.message());
        if (!text.equals(order)) {
          flush(lines, receivers, order);
          order = text;
        }
        receivers.add(send.worker());
        continue;
      }
      flush(lines, receivers, order);
      order = "";
      switch (effect) {
        case ControllerEffect.Send ignored -> {}
        case ControllerEffect.Expel expel -> lines.add("expel " + expel.worker());
        case ControllerEffect.Write write -> lines.add(note(write.note()));
        case ControllerEffect.StandDown ignored -> lines.add("stand down");
        case ControllerEffect.Conclude conclude ->
            lines.add("conclude " + conclude.verdict().getClass().getSimpleName());
      }
    }
    flush(lines, receivers, order);
    return lines;
  }

  private static void flush(List<String> lines, List<WorkerId> receivers, String order) {
    if (!receivers.isEmpty()) {
      lines.add(
          "-> "
              + receivers.stream().map(WorkerId::name).collect(Collectors.joining(","))
              + ": "
              + order);
      receivers.clear();
    }
  }

  private static String order(Message.ToWorker message) {
    return switch (message) {
      case Message.Prepare m ->
          "Prepare epoch=" + epoch(m.epoch()) + " base=" + m.base() + " agreed=" + hex(m.agreed());
      case Message.Pull m ->
          "Pull epoch="
              + epoch(m.epoch())
              + " version="
              + m.version()
              + " agreed="
              + hex(m.agreed())
              + " donor="
              + m.donor()
              + (m.parts().isEmpty()
                  ? ""
                  : " parts="
                      + m.parts().stream()
                          .map(
                              part ->
                                  part.holder() + ":" + hex(part.agreed()) + "+" + hex(part.sum()))
                          .toList());
      case Message.RunStep m ->
          "RunStep epoch="
              + epoch(m.epoch())
              + " step="
              + m.step()
              + " verified="
              + m.verified()
              + (m.agreed().isEmpty()
                  ? ""
                  : " agreed=" + m.agreed().stream().map(one -> hex(one.digest())).toList());
      case Message.Replay m ->
          "Replay epoch="
              + epoch(m.epoch())
              + " step="
              + m.step()
              + " agreed="
              + hex(m.agreed())
              + " donor="
              + m.donor();
      case Message.Audit m ->
          "Audit epoch="
              + epoch(m.epoch())
              + " step="
              + m.step()
              + " span="
              + m.span()
              + " agreed="
              + hex(m.agreed())
              + " donors="
              + m.donors()
              + (m.standsIn() ? " receivers=" + m.receivers() : "");
      case Message.Trace m ->
          "Trace epoch="
              + epoch(m.epoch())
              + " step="
              + m.step()
              + " spans="
              + m.spans()
              + " "
              + question(m.question());
      case Message.Keep m ->
          "Keep epoch="
              + epoch(m.epoch())
              + " version="
              + m.version()
              + " agreed="
              + hex(m.agreed());
      case Message.Finish m -> "Finish epoch=" + epoch(m.epoch()) + " step=" + m.step();
      case Message.Claim m -> "Claim epoch=" + epoch(m.epoch());
      case Message.Remember m ->
          "Remember epoch=" + epoch(m.epoch()) + " newest=" + m.memory().newest();
      case Message.Dismiss m -> "Dismiss epoch=" + epoch(m.epoch()) + ": " + brief(m.reason());
    };
  }

  private static String question(Message.Question asked) {
    return asked.ofChains()
        ? "chains"
        : "microbatch="
            + asked.microbatch()
            + " place="
            + asked.place()
            + (asked.ofRows() ? " rows" : " row=" + asked.row());
  }

  /** Ballot, controller and count. */
  static String epoch(long epoch) {
    return Epoch.reign(epoch) == 0
        ? Long.toString(epoch)
        : Epoch.ballot(epoch) + "." + Epoch.incarnation(epoch) + ":" + Epoch.count(epoch);
  }

  private static String note(Note note) {
    return switch (note) {
      case Note.EpochOpened n ->
          "epoch "
              + epoch(n.epoch())
              + " on base "
              + n.base()
              + ", "
              + n.trigger()
              + ": "
              + brief(n.cause())
              + " "
              + shares(n.assignment());
      case Note.StepStarted n -> "step " + n.step() + " started";
      case Note.StepCommitted n ->
          "step "
              + n.step()
              + " committed "
              + n.digests().stream().map(Wording::hex).toList()
              + " loss="
              + n.loss();
      case Note.RolledBack n ->
          "rolled back from " + n.from() + " to " + n.to() + ": " + n.reason();
      case Note.Detected n ->
          "detected by "
              + n.detector().label()
              + " in step "
              + n.step()
              + ", suspects "
              + n.suspects()
              + ": "
              + brief(n.evidence());
      case Note.Blamed n ->
          "blamed in step "
              + n.step()
              + ": "
              + Objects.requireNonNullElse(n.worker(), "nobody")
              + " "
              + n.kind()
              + " by "
              + n.detector().label()
              + ": "
              + brief(n.evidence());
      case Note.Recomputed n ->
          n.auditor()
              + " computed "
              + n.span()
              + " of "
              + n.owner()
              + " in step "
              + n.step()
              + (n.flaw() == null ? " too" : " in vain: " + n.flaw());
      case Note.Diagnosed n ->
          "diagnosed in step "
              + n.step()
              + ": "
              + n.worker()
              + " "
              + n.kind()
              + " beside "
              + n.witnesses()
              + ": "
              + n.evidence();
      case Note.Audited n ->
          "step "
              + n.step()
              + " audited: "
              + n.drawn()
              + " spans, not "
              + n.unaudited()
              + ", waited "
              + n.waitedMillis()
              + " ms";
      case Note.StoodIn n ->
          n.standIn()
              + " stands in for "
              + n.late()
              + " at "
              + n.rank()
              + " in step "
              + n.step()
              + ", "
              + n.spans()
              + ", after "
              + n.lateMillis()
              + " ms, limit "
              + n.limitMillis()
              + " ms";
      case Note.DoneTwice n ->
          n.span()
              + " of step "
              + n.step()
              + " by "
              + n.late()
              + " and "
              + n.standIn()
              + ": "
              + n.result()
              + (n.detail() == null ? "" : ", " + brief(n.detail()));
      case Note.Scanned n ->
          n.worker()
              + " scanned its machine: "
              + n.tests()
              + " tests, "
              + (n.wrong() == null ? "all right" : "wrong: " + n.wrong());
      case Note.Restored n ->
          "restored " + n.worker() + " version " + n.version() + " from " + n.donor();
      case Note.OnDisk n ->
          "version " + n.version() + " of shard " + n.shard() + " is on disk, by " + n.worker();
      case Note.Guarded n ->
          "guarded by "
              + n.copies()
              + " of "
              + n.wanted()
              + " guests at version "
              + n.version()
              + ", fewer of "
              + n.unguarded();
      case Note.WorkerLost n ->
          "lost "
              + n.worker()
              + " in step "
              + n.step()
              + " by "
              + n.detector().label()
              + ": "
              + n.reason();
      case Note.Evicted n -> "evicted " + n.worker() + " in step " + n.step();
      case Note.Replaced n -> n.spare() + " takes " + n.rank() + " of " + n.lost();
      case Note.Dissolved n -> "pod " + n.pod() + " is dissolved, spares now: " + n.spares();
      case Note.Grown n ->
          "pod " + n.pod() + " is formed anew for step " + n.step() + " by " + n.workers();
      case Note.Drained n ->
          n.worker() + " leaves " + n.rank() + " in order before step " + n.step();
      case Note.Refused n ->
          "refused "
              + n.message().replaceAll("\\[.*", "")
              + ": "
              + brief(n.reason()).replaceAll("in (\\w+)\\[.*", "in $1");
      case Note.ControllerChanged n ->
          "controller "
              + Epoch.incarnation(n.epoch())
              + " took over after epoch "
              + epoch(n.after())
              + ", promised by "
              + n.promised();
      case Note.Deposed n -> "deposed, " + n.refusedBy() + " obeys " + epoch(n.by());
      case Note.Waiting n -> "waiting: " + n.reason();
      case Note.Concluded n -> "concluded: " + brief(n.verdict().reason());
    };
  }

  private static String shares(Assignment assignment) {
    return assignment.seats().stream()
        .map(seat -> seat.rank() + "=" + seat.worker() + assignment.spans(seat.rank().pod()))
        .collect(Collectors.joining(" ", "(", ")"));
  }

  static List<String> worker(List<WorkerEffect> effects) {
    return effects.stream().map(Wording::worker).toList();
  }

  private static String worker(WorkerEffect effect) {
    return switch (effect) {
      case WorkerEffect.Tell e -> "tell " + brief(e.message().toString());
      case WorkerEffect.DropFrame e ->
          "drop frame "
              + e.span()
              + " of step "
              + e.step()
              + " from "
              + e.sender()
              + ": "
              + e.reason();
      case WorkerEffect.Refuse e ->
          "refuse "
              + e.what().replaceAll("\\[.*", "")
              + ": "
              + brief(e.reason()).replaceAll("(follow|busy:) (\\w+)\\[.*", "$1 $2");
      default -> brief(effect.toString());
    };
  }

  /** Digests of the transcripts are small numbers, and few workers have guests or sums. */
  private static String brief(String text) {
    return text.replaceAll("\\b0{8,14}([0-9a-f]{2,})\\b", "$1")
        .replaceAll("(donor=([^,]+), .*), culprit=\\2\\]", "$1]")
        .replace(", guests=[]", "")
        .replace(", parts=[]", "")
        .replace(", sum=null", "");
  }

  private static String hex(@Nullable Digest digest) {
    return digest == null ? "none" : brief(digest.toString());
  }
}
