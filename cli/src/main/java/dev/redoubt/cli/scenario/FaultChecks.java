package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.ModelCatalog.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a schema cannot say about faults: each must be possible on this mesh and in this model.
 *
 * <p>A step after the last is legal: that fault cannot strike, and the run says so.
 */
final class FaultChecks {
  private static final List<String> ONLY_FLIPS =
      List.of("site", "tensor", "element", "bit", "microbatch", "age");

  private final Fields fields;
  private final String fault;
  private final String target;

  private FaultChecks(Fields fields, String fault) {
    this.fields = fields;
    this.fault = fault;
    this.target = fault + "/inject/target";
  }

  static void check(Fields fields) {
    Map<String, Integer> lines = new HashMap<>();
    for (int i = 0; i < fields.size("/faults"); i++) {
      FaultChecks checks = new FaultChecks(fields, "/faults/" + i);
      checks.id(lines);
      String kind = fields.text(checks.fault + "/inject/kind").orElse("");
      checks.victim(checks.target, !List.of("bit-flip", "slow", "drain").contains(kind));
      checks.parameters(kind);
      if (kind.equals("bit-flip")) {
        checks.flip();
      } else if (!kind.isEmpty()) {
        checks.noFlip(kind);
      }
    }
  }

  private void id(Map<String, Integer> lines) {
    Optional<String> id = fields.text(fault + "/id");
    if (id.isEmpty()) {
      return;
    }
    Integer before = lines.putIfAbsent(id.get(), fields.lineOfKey(fault + "/id"));
    if (before != null) {
      fields.wrong(
          fault + "/id",
          "is \""
              + id.get()
              + "\" like the fault in line "
              + before
              + ", expected a name of its own");
    }
  }

  /** A pod and a rank that the mesh has. */
  static void worker(Fields fields, String at) {
    below(fields, at + "/pod", fields.integer("/cluster/pods"), "cluster.pods");
    below(fields, at + "/rank", fields.integer("/cluster/workersPerPod"), "cluster.workersPerPod");
  }

  private static void below(Fields fields, String at, OptionalLong count, String of) {
    OptionalLong index = fields.integer(at);
    if (index.isPresent() && count.isPresent() && index.getAsLong() >= count.getAsLong()) {
      String wanted = count.getAsLong() == 1 ? "0" : "0 to " + (count.getAsLong() - 1);
      fields.wrong(
          at,
          "is "
              + index.getAsLong()
              + ", expected "
              + wanted
              + ": "
              + of
              + " is "
              + count.getAsLong());
    }
  }

  /**
   * Either a worker or the controller.
   *
   * @param anybody whether the controller can be struck by it
   */
  private void victim(String at, boolean anybody) {
    boolean controller = fields.node(at + "/controller").asBoolean();
    if (controller && !anybody) {
      fields.wrong(
          at + "/controller", "is true, but only a worker can be struck by this; give a pod");
    } else if (controller && fields.has(at + "/pod")) {
      fields.wrongKey(at + "/pod", "is for workers only, but controller is true");
    } else if (!controller && !fields.has(at + "/pod") && fields.has(at)) {
      fields.wrong(at, "names nobody, expected {pod: P, rank: R} or {controller: true}");
    } else if (!controller) {
      worker(fields, at);
    }
  }

  /** What belongs to one kind stands with no other. */
  private void parameters(String kind) {
    only(kind, "returns", "crash");
    only(kind, "seconds", "pause", "partition");
    only(kind, "factor", "slow");
    only(kind, "steps", "slow");
    only(kind, "with", "partition");
    only(kind, "direction", "partition");
    for (int i = 0; i < fields.size(fault + "/inject/with"); i++) {
      victim(fault + "/inject/with/" + i, true);
    }
  }

  private void only(String kind, String key, String... kinds) {
    if (!kind.isEmpty() && fields.has(fault + "/inject/" + key) && !List.of(kinds).contains(kind)) {
      fields.wrongKey(
          fault + "/inject/" + key,
          "is for " + String.join(" and ", kinds) + " only, but the kind is " + kind);
    }
  }

  private void noFlip(String kind) {
    for (String key : ONLY_FLIPS) {
      if (fields.has(target + "/" + key)) {
        fields.wrongKey(
            target + "/" + key, "is for bit flips only, expected no more than pod and rank");
      }
    }
    String phase = fields.text(fault + "/at/phase").orElse("");
    if (kind.equals("slow") && !phase.equals("compute") && !phase.isEmpty()) {
      fields.wrong(fault + "/at/phase", "is " + phase + ", expected compute: that is what is slow");
    }
    if (kind.equals("drain") && !phase.equals("compute") && !phase.isEmpty()) {
      fields.wrong(
          fault + "/at/phase",
          "is " + phase + ", expected none: a drain is asked for as the step is planned");
    } else if (!fields.node(target + "/controller").asBoolean()
        && List.of("plan", "commit").contains(phase)) {
      fields.wrong(
          fault + "/at/phase",
          "is "
              + phase
              + ", which only the controller comes to; expected compute, reduce, update or attest");
    }
  }

  private void flip() {
    String site = fields.text(target + "/site").orElse("");
    onlyFor("gradient", site, "microbatch");
    onlyFor("stored-copy", site, "age");
    if (site.equals("gradient") && fields.text(fault + "/at/phase").orElse("").equals("update")) {
      fields.wrong(
          fault + "/at/phase",
          "is update, expected compute: by then the gradient has left the worker");
    }
    String phase = fields.text(fault + "/at/phase").orElse("compute");
    if (!List.of("compute", "update").contains(phase)) {
      fields.wrong(
          fault + "/at/phase", "is " + phase + ", expected compute or update for a bit flip");
    }
    storedCopy(site);
    below(
        fields,
        target + "/microbatch",
        fields.integer("/train/microbatches"),
        "train.microbatches");
    below(
        fields,
        target + "/age",
        fields.integer("/redundancy/keepVersions"),
        "redundancy.keepVersions");
    tensor();
  }

  /** The newest version is no stored copy yet: the step is about to read it. */
  private void storedCopy(String site) {
    if (!site.equals("stored-copy")) {
      return;
    }
    if (fields.text(fault + "/at/phase").orElse("").equals("update")) {
      fields.wrong(
          fault + "/at/phase", "is update, expected compute: it is struck as a step begins");
    }
    OptionalLong age = fields.integer(target + "/age");
    if (age.isPresent() && age.getAsLong() == 0) {
      fields.wrong(
          target + "/age",
          "is 0, expected at least 1: the newest version is struck by the site parameters");
    }
  }

  private void onlyFor(String wanted, String site, String key) {
    if (!site.isEmpty() && !site.equals(wanted) && fields.has(target + "/" + key)) {
      fields.wrongKey(
          target + "/" + key, "is for site " + wanted + " only, but the site is " + site);
    }
  }

  private void tensor() {
    Optional<String> name = fields.text(target + "/tensor");
    Optional<ModelCatalog.Dimensions> model = fields.dimensions();
    if (name.isEmpty() || model.isEmpty()) {
      return;
    }
    int ranks = ranks();
    int rank = (int) fields.integer(target + "/rank").orElse(0);
    boolean known = rank >= 0 && rank < ranks;
    List<Tensor> tensors =
        known
            ? fields.catalog().tensors(model.get(), ranks, rank)
            : fields.catalog().tensors(model.get());
    Optional<Tensor> tensor =
        tensors.stream().filter(one -> one.name().equals(name.get())).findFirst();
    if (tensor.isPresent()) {
      element(tensor.get(), known && ranks > 1 ? " in the shard of rank " + rank : "");
      return;
    }
    List<String> names = tensors.stream().map(Tensor::name).toList();
    fields.wrong(
        target + "/tensor",
        "is \""
            + name.get()
            + "\", which the model does not have"
            + Suggestion.didYouMean(name.get(), names)
            + " expected one of "
            + names.getFirst()
            + " to "
            + names.getLast()
            + ", with blocks 0 to "
            + (model.get().layers() - 1));
  }

  /** As written; 1 if that cannot be. */
  private int ranks() {
    long ranks = fields.integer("/cluster/workersPerPod").orElse(1);
    return MeaningChecks.RANKS.contains(ranks) ? (int) ranks : 1;
  }

  private void element(Tensor tensor, String where) {
    OptionalLong element = fields.integer(target + "/element");
    if (element.isPresent() && element.getAsLong() >= tensor.elements()) {
      fields.wrong(
          target + "/element",
          "is "
              + element.getAsLong()
              + ", expected 0 to "
              + (tensor.elements() - 1)
              + ": "
              + tensor.name()
              + " has the shape "
              + tensor.shape()
              + where);
    }
  }
}
