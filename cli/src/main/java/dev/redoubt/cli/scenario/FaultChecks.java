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
      worker(fields, checks.target);
      String kind = fields.text(checks.fault + "/inject/kind").orElse("");
      if (kind.equals("crash")) {
        checks.crash();
      } else if (kind.equals("bit-flip")) {
        checks.flip();
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

  private void crash() {
    for (String key : ONLY_FLIPS) {
      if (fields.has(target + "/" + key)) {
        fields.wrongKey(
            target + "/" + key, "is for bit flips only, expected no more than pod and rank");
      }
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
