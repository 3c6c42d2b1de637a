package dev.redoubt.cli.run;

import dev.redoubt.cli.RunEngine.Event;
import dev.redoubt.core.Epoch;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the controller noted, as a line of the journal and, if it matters, of the terminal. */
final class NoteEvents {

  private static final String CONTROLLER = "controller";

  private NoteEvents() {}

  static Event of(Note note) {
    return switch (note) {
      case Note.EpochOpened opened -> of(opened);
      case Note.StepStarted started ->
          event(note, started.step(), CONTROLLER, "step-started", null, Map.of());
      case Note.StepCommitted committed -> of(committed);
      case Note.RolledBack back -> of(back);
      case Note.Detected detected -> of(detected);
      case Note.Blamed blamed -> of(blamed);
      case Note.Recomputed recomputed -> of(recomputed);
      case Note.Audited audited -> of(audited);
      case Note.Diagnosed diagnosed -> of(diagnosed);
      case Note.StoodIn stoodIn -> of(stoodIn);
      case Note.DoneTwice twice -> of(twice);
      case Note.Scanned scanned -> of(scanned);
      case Note.Restored restored -> of(restored);
      case Note.Guarded guarded -> of(guarded);
      case Note.WorkerLost lost -> of(lost);
      case Note.Evicted evicted -> of(evicted);
      case Note.Replaced replaced -> of(replaced);
      case Note.Dissolved dissolved -> of(dissolved);
      case Note.Grown grown -> of(grown);
      case Note.OnDisk file ->
          event(
              file,
              file.version(),
              file.worker().name(),
              "version-on-disk",
              null,
              fields("version", file.version(), "shard", file.shard()));
      case Note.Drained drained ->
          event(
              drained,
              drained.step(),
              drained.worker().name(),
              "drained",
              drained.worker() + " leaves " + drained.rank() + " in order",
              fields("rank", drained.rank().toString()));
      case Note.Refused refused -> of(refused);
      case Note.ControllerChanged changed ->
          event(
              changed,
              null,
              CONTROLLER,
              "controller-changed",
              "another controller goes on from epoch " + Epoch.text(changed.after()),
              fields(
                  "after",
                  changed.after(),
                  "promised",
                  changed.promised().stream().map(WorkerId::name).toList()));
      case Note.Deposed deposed ->
          event(deposed, null, CONTROLLER, "deposed", null, fields("by", deposed.by()));
      case Note.Waiting waiting ->
          event(waiting, null, CONTROLLER, "waiting", null, fields("reason", waiting.reason()));
      case Note.Concluded concluded -> of(concluded);
    };
  }

  private static Event of(Note.EpochOpened opened) {
    List<String> seats =
        opened.assignment().seats().stream()
            .map(seat -> seat.rank() + "=" + seat.worker())
            .toList();
    return event(
        opened,
        opened.base() + 1,
        CONTROLLER,
        "epoch-opened",
        null,
        fields("cause", opened.cause(), "base", opened.base(), "seats", seats));
  }

  private static Event of(Note.StepCommitted committed) {
    List<String> digests = committed.digests().stream().map(Digest::toString).toList();
    List<String> spans = committed.assignment().spans().stream().map(Span::toString).toList();
    return event(
        committed,
        committed.step(),
        CONTROLLER,
        "step-committed",
        null,
        fields("loss", committed.loss(), "digests", digests, "microbatches", spans));
  }

  private static Event of(Note.Guarded guarded) {
    List<String> fewer = guarded.unguarded().stream().map(Rank::toString).toList();
    String how =
        "what the ranks of a pod keep of each other makes up for "
            + guarded.copies()
            + " of "
            + guarded.wanted()
            + (guarded.wanted() == 1 ? " loss" : " losses");
    return event(
        guarded,
        guarded.version(),
        CONTROLLER,
        "guarded",
        fewer.isEmpty() ? how : how + "; for fewer of " + fewer,
        fields("copies", guarded.copies(), "wanted", guarded.wanted(), "unguarded", fewer));
  }

  private static Event of(Note.RolledBack back) {
    return event(
        back,
        back.from(),
        CONTROLLER,
        "rolled-back",
        "back from version " + back.from() + " to " + back.to() + ": " + back.reason(),
        fields("from", back.from(), "to", back.to(), "cause", back.reason()));
  }

  private static Event of(Note.Detected detected) {
    return event(
        detected,
        detected.step(),
        CONTROLLER,
        "detected",
        detected.detector().label() + " alarm about " + ranks(detected.suspects()),
        fields(
            "detector",
            detected.detector().label(),
            "suspects",
            detected.suspects().stream().map(Rank::toString).toList(),
            "cause",
            detected.evidence()));
  }

  private static Event of(Note.Blamed blamed) {
    // A spare has no rank, and is named itself.
    Object place = blamed.rank() == null ? blamed.worker() : blamed.rank();
    String who = place == null ? "nobody" : place.toString();
    String kind = Words.kebab(blamed.kind());
    return event(
        blamed,
        blamed.step(),
        name(blamed.worker()),
        "blamed",
        "blamed " + who + " (" + kind + "): " + blamed.evidence(),
        fields("detector", blamed.detector().label(), "kind", kind, "cause", blamed.evidence()));
  }

  private static Event of(Note.Diagnosed diagnosed) {
    String kind = Words.kebab(diagnosed.kind());
    Map<String, Object> fields =
        fields(
            "rank",
            diagnosed.rank().toString(),
            "kind",
            kind,
            "witnesses",
            diagnosed.witnesses().stream().map(WorkerId::name).toList(),
            "cause",
            diagnosed.evidence());
    Note.Located found = diagnosed.found();
    if (found != null) {
      fields.put("microbatch", found.microbatch());
      fields.put("operation", found.name());
      fields.put("operationIndex", found.place());
      fields.put("rows", found.rows());
      fields.put("row", found.row());
      fields.put("column", found.column());
      fields.put("wrong", "%08x".formatted(found.wrong()));
      fields.put("right", "%08x".formatted(found.right()));
      fields.put("bits", found.bits());
    }
    return event(
        diagnosed,
        diagnosed.step(),
        diagnosed.worker().name(),
        "diagnosed",
        "diagnosed " + diagnosed.rank() + " (" + kind + "): " + diagnosed.evidence(),
        fields);
  }

  private static Event of(Note.Recomputed recomputed) {
    Map<String, Object> fields =
        fields(
            "span",
            recomputed.span().toString(),
            "owner",
            recomputed.owner().name(),
            "fetchMicros",
            recomputed.fetchMicros(),
            "computeMicros",
            recomputed.computeMicros());
    if (recomputed.flaw() != null) {
      fields.put("cause", recomputed.flaw());
    }
    return event(
        recomputed, recomputed.step(), recomputed.auditor().name(), "recomputed", null, fields);
  }

  private static Event of(Note.Audited audited) {
    List<String> unaudited = audited.unaudited().stream().map(Span::toString).toList();
    return event(
        audited,
        audited.step(),
        CONTROLLER,
        "audited",
        null,
        fields(
            "spans",
            audited.drawn(),
            "unaudited",
            unaudited,
            "waitedMillis",
            audited.waitedMillis()));
  }

  private static Event of(Note.StoodIn stoodIn) {
    List<String> spans = stoodIn.spans().stream().map(Span::toString).toList();
    return event(
        stoodIn,
        stoodIn.step(),
        stoodIn.standIn().name(),
        "stood-in",
        null,
        fields(
            "late",
            stoodIn.late().name(),
            "rank",
            stoodIn.rank().toString(),
            "spans",
            spans,
            "lateMillis",
            stoodIn.lateMillis(),
            "limitMillis",
            stoodIn.limitMillis()));
  }

  private static Event of(Note.DoneTwice twice) {
    Map<String, Object> fields =
        fields(
            "span",
            twice.span().toString(),
            "late",
            twice.late().name(),
            "result",
            Words.kebab(twice.result()));
    if (twice.detail() != null) {
      fields.put("cause", twice.detail());
    }
    return event(twice, twice.step(), twice.standIn().name(), "done-twice", null, fields);
  }

  private static Event of(Note.Scanned scanned) {
    Map<String, Object> fields = fields("tests", scanned.tests());
    if (scanned.wrong() != null) {
      fields.put("cause", scanned.wrong());
    }
    return event(scanned, null, scanned.worker().name(), "scanned", null, fields);
  }

  private static Event of(Note.Restored restored) {
    String what = restored.blocks() + " blocks of version " + restored.version();
    return event(
        restored,
        restored.version(),
        restored.worker().name(),
        "restored",
        restored.rank() + " took " + what + " from " + restored.donor(),
        fields(
            "donor",
            restored.donor().name(),
            "blocks",
            restored.blocks(),
            "bytes",
            restored.bytes()));
  }

  private static Event of(Note.WorkerLost lost) {
    return event(
        lost,
        lost.step(),
        lost.worker().name(),
        "worker-lost",
        "lost " + lost.worker() + ": " + lost.reason(),
        fields("detector", lost.detector().label(), "cause", lost.reason()));
  }

  private static Event of(Note.Evicted evicted) {
    return event(
        evicted,
        evicted.step(),
        evicted.worker().name(),
        "evicted",
        "evicted " + evicted.rank() + ": " + evicted.reason(),
        fields("cause", evicted.reason()));
  }

  private static Event of(Note.Replaced replaced) {
    return event(
        replaced,
        null,
        replaced.spare().name(),
        "replaced",
        replaced.spare() + " takes over " + replaced.rank(),
        fields("rank", replaced.rank().toString(), "lost", replaced.lost().name()));
  }

  private static Event of(Note.Dissolved dissolved) {
    return event(
        dissolved,
        null,
        dissolved.lost().name(),
        "dissolved",
        "pod " + dissolved.pod() + " is dissolved",
        fields("pod", dissolved.pod()));
  }

  private static Event of(Note.Grown grown) {
    return event(
        grown,
        grown.step(),
        CONTROLLER,
        "grown",
        "pod " + grown.pod() + " is formed anew",
        fields(
            "pod", grown.pod(), "workers", grown.workers().stream().map(WorkerId::name).toList()));
  }

  private static Event of(Note.Refused refused) {
    return event(
        refused,
        null,
        CONTROLLER,
        "refused",
        null,
        fields("what", refused.message(), "reason", refused.reason()));
  }

  private static Event of(Note.Concluded concluded) {
    return event(
        concluded,
        null,
        CONTROLLER,
        "concluded",
        null,
        fields("cause", concluded.verdict().reason()));
  }

  private static Event event(
      Note note,
      @Nullable Long step,
      String node,
      String kind,
      @Nullable String headline,
      Map<String, Object> fields) {
    Integer number = step == null ? null : Math.toIntExact(step);
    String line = headline == null || step == null ? headline : "step " + step + ": " + headline;
    return new Event(number, note.epoch(), node, kind, line, fields);
  }

  private static Map<String, Object> fields(Object... pairs) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  private static String name(@Nullable WorkerId worker) {
    return worker == null ? "" : worker.name();
  }

  private static String ranks(List<Rank> ranks) {
    return ranks.isEmpty()
        ? "nobody known"
        : String.join(", ", ranks.stream().map(Rank::toString).toList());
  }
}
