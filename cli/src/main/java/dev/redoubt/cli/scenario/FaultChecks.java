package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.ModelCatalog.Tensor;
import java.util.Arrays;
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
  private static final List<String> PLACES =
      List.of("site", "tensor", "operation", "element", "bit", "microbatch", "age");

  /** Kinds that change data in a place. */
  private static final List<String> IN_PLACES = List.of("bit-flip", "corruption", "software-bug");

  private static final List<String> WORKERS_ONLY =
      List.of("bit-flip", "corruption", "software-bug", "defective-core", "slow", "drain");

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
      if (fields.has(checks.target + "/spare")) {
        checks.spare(kind);
      } else if (!fields.text(checks.target + "/site").equals(Optional.of("audit"))) {
        checks.victim(checks.target, !WORKERS_ONLY.contains(kind) && !TroubleFile.isKind(kind));
      }
      checks.parameters(kind);
      checks.memory(kind);
      if (TroubleFile.isKind(kind)) {
        NetworkChecks.check(fields, checks.fault, kind);
      }
      if (IN_PLACES.contains(kind)) {
        checks.place(kind);
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

  /** In one JVM all machines would lose theirs together. */
  private void memory(String kind) {
    String mode = fields.text("/mode").orElse("local");
    if (kind.equals("out-of-memory") && !List.of("processes", "containers").contains(mode)) {
      fields.wrong(
          fault + "/inject/kind",
          "is out-of-memory, but in mode "
              + mode
              + " all machines share one memory; expected mode processes or containers, or the kind"
              + " crash");
    }
  }

  /** A spare comes to no step, so only what is in its machine can strike it. */
  private void spare(String kind) {
    String at = target + "/spare";
    if (!kind.equals("defective-core") && !kind.isEmpty()) {
      fields.wrongKey(at, "is for defective-core only, but the kind is " + kind + "; give a pod");
      return;
    }
    for (String key : List.of("pod", "rank", "controller")) {
      if (fields.isGiven(target + "/" + key)) {
        fields.wrongKey(target + "/" + key, "is for machines with a rank, but spare is given");
      }
    }
    OptionalLong spares = fields.integer("/cluster/spares");
    if (spares.isPresent() && spares.getAsLong() == 0) {
      fields.wrong(at, "names a spare, and cluster.spares is 0");
    } else {
      below(fields, at, spares, "cluster.spares");
    }
    if (fields.has(fault + "/inject/lasts/steps")) {
      fields.wrong(
          fault + "/inject/lasts/steps", "is not for spares, which come to no step; leave it out");
    }
  }

  /** What belongs to one kind stands with no other. */
  private void parameters(String kind) {
    only(kind, "returns", "crash", "out-of-memory");
    only(kind, "seconds", "pause", "partition", "cut-frames", "cut-control");
    only(kind, "factor", "slow");
    only(kind, "steps", "slow", "delay", "loss", "duplicate", "reorder", "slow-link");
    only(kind, "with", "partition");
    only(kind, "direction", "partition", "cut-frames", "cut-control");
    only(kind, "element", "corrupt-frame");
    only(kind, "receivers", "corrupt-frame");
    only(kind, "frames", "corrupt-frame");
    only(kind, "millis", "delay");
    only(kind, "count", "loss", "duplicate", "reorder");
    only(kind, "probability", "loss", "duplicate", "reorder");
    only(kind, "bytesPerSecond", "slow-link");
    only(kind, "pattern", "corruption", "software-bug");
    only(kind, "lasts", "corruption", "software-bug", "defective-core");
    only(kind, "lane", "defective-core");
    only(kind, "bits", "defective-core", "corrupt-frame");
    only(kind, "unit", "defective-core");
    only(kind, "operand", "defective-core");
    for (int i = 0; i < fields.size(fault + "/inject/with"); i++) {
      victim(fault + "/inject/with/" + i, true);
    }
  }

  private void only(String kind, String key, String... kinds) {
    if (!kind.isEmpty() && fields.has(fault + "/inject/" + key) && !List.of(kinds).contains(kind)) {
      fields.wrongKey(
          fault + "/inject/" + key,
          "is for " + listed(List.of(kinds)) + " only, but the kind is " + kind);
    }
  }

  private static String listed(List<String> kinds) {
    int last = kinds.size() - 1;
    String most = String.join(", ", kinds.subList(0, last));
    return most + (last == 0 ? "" : " and ") + kinds.getLast();
  }

  private void noFlip(String kind) {
    for (String key : PLACES) {
      if (fields.has(target + "/" + key)) {
        fields.wrongKey(
            target + "/" + key,
            "is for " + String.join(", ", IN_PLACES) + " only, expected no more than pod and rank");
      }
    }
    if (kind.equals("defective-core")) {
      operand();
    }
    String phase = fields.text(fault + "/at/phase").orElse("");
    boolean computes = kind.equals("slow") || kind.equals("defective-core");
    if (computes && !phase.equals("compute") && !phase.isEmpty()) {
      fields.wrong(
          fault + "/at/phase", "is " + phase + ", expected compute: that is what is struck");
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

  /** A core asks for bits of an operand among those that it looks at. */
  private void operand() {
    String at = fault + "/inject/operand";
    long mask = fields.integer(at + "/mask").orElse(0);
    long pattern = fields.integer(at + "/pattern").orElse(0);
    if ((pattern & ~mask) != 0) {
      fields.wrong(
          at + "/pattern",
          "is 0x%x, which has bits outside of the mask 0x%x".formatted(pattern, mask));
    }
  }

  private void place(String kind) {
    Optional<Site> site =
        fields
            .text(target + "/site")
            .flatMap(
                word ->
                    Arrays.stream(Site.values()).filter(s -> s.word().equals(word)).findFirst());
    if (site.isEmpty()) {
      return;
    }
    phase(site.get(), kind);
    belongs(site.get(), kind);
    storedCopy(site.get().word());
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
    bits(site.get(), kind);
    named(site.get());
  }

  private void phase(Site site, String kind) {
    String phase = fields.text(fault + "/at/phase").orElse("compute");
    switch (site) {
      case GRADIENT, ACTIVATIONS, PRODUCT, TOKENS, STORED_COPY -> {
        if (phase.equals("update")) {
          String why =
              site == Site.STORED_COPY
                  ? "it is struck as a step begins"
                  : site == Site.GRADIENT
                      ? "by then the gradient has left the worker"
                      : "it is struck while a microbatch is computed";
          fields.wrong(fault + "/at/phase", "is update, expected compute: " + why);
          return;
        }
      }
      case REDUCED_GRADIENT, DIGEST -> {
        String own = site == Site.DIGEST ? "attest" : "update";
        if (!phase.equals("compute") && !phase.equals(own)) {
          fields.wrong(
              fault + "/at/phase",
              "is %s, expected none: the site %s is struck in the phase %s"
                  .formatted(phase, site.word(), own));
        }
        return;
      }
      case AUDIT -> {
        if (!phase.equals("compute")) {
          fields.wrong(fault + "/at/phase", "is " + phase + ", expected none for the site audit");
        }
        return;
      }
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS -> {}
    }
    if (!List.of("compute", "update").contains(phase)) {
      fields.wrong(
          fault + "/at/phase",
          "is "
              + phase
              + ", expected compute or update for a "
              + (kind.equals("bit-flip") ? "bit flip" : kind));
    }
  }

  /** Which keys go with the site. */
  private void belongs(Site site, String kind) {
    if (!site.ofMicrobatch()) {
      onlyFor("gradient, activations, product and tokens", site.word(), "microbatch");
    } else if (kind.equals("software-bug") && !fields.has(target + "/microbatch")) {
      fields.wrong(
          target, "has no microbatch, expected one: every machine that computes it does it wrong");
    }
    if (kind.equals("software-bug") && !site.ofMicrobatch()) {
      fields.wrong(
          target + "/site",
          "is " + site.word() + ", expected gradient, activations, product or tokens");
    }
    if (site != Site.STORED_COPY) {
      onlyFor("stored-copy", site.word(), "age");
    }
    if (!site.hasTensors()) {
      onlyFor("versions and gradients", site.word(), "tensor");
    }
    if (!site.ofOperations()) {
      onlyFor("activations and product", site.word(), "operation");
    }
    if (site.isDigest()) {
      onlyFor("anything but digest and audit", site.word(), "element");
      if (!kind.equals("bit-flip")) {
        fields.wrong(
            target + "/site", "is " + site.word() + ", which is struck by a bit-flip only");
      }
    }
    if (site == Site.AUDIT) {
      nobody("pod");
      nobody("rank");
      if (!fields.has("/detect/audits/fraction")) {
        fields.wrong(
            target + "/site", "is audit, but detect.audits is off: nobody says anything there");
      }
    }
    missing(site.hasTensors(), site, "tensor");
    missing(site.ofOperations(), site, "operation");
    missing(!site.isDigest(), site, "element");
    missing(kind.equals("bit-flip"), site, "bit");
  }

  /** Whoever checks first is struck; the rank has a default. */
  private void nobody(String key) {
    if (fields.isGiven(target + "/" + key)) {
      fields.wrongKey(
          target + "/" + key, "is not for the site audit: whoever is asked first is struck");
    }
  }

  private void missing(boolean needed, Site site, String key) {
    if (needed && !fields.has(target + "/" + key)) {
      fields.wrong(target, "has no " + key + ", expected one for the site " + site.word());
    }
  }

  private void bits(Site site, String kind) {
    OptionalLong bit = fields.integer(target + "/bit");
    if (bit.isPresent() && bit.getAsLong() > 31 && !site.isDigest()) {
      fields.wrong(target + "/bit", "is " + bit.getAsLong() + ", expected an integer from 0 to 31");
    }
    if (bit.isPresent() && !kind.equals("bit-flip")) {
      fields.wrongKey(target + "/bit", "is for bit-flip only, expected inject.pattern");
    }
    boolean stale = fields.text(fault + "/inject/pattern/shape").orElse("").equals("stale-read");
    boolean hasOlder =
        site == Site.PARAMETERS || site == Site.FIRST_MOMENTS || site == Site.SECOND_MOMENTS;
    if (stale && !hasOlder) {
      fields.wrong(
          fault + "/inject/pattern/shape",
          "is stale-read, expected another one: only parameters and moments have a version before");
    }
  }

  /** Finds the tensor or operation, and checks that the fault stays inside. */
  private void named(Site site) {
    if (site.hasTensors()) {
      tensor();
    } else if (site.ofOperations()) {
      operation(site);
    } else if (site == Site.TOKENS) {
      OptionalLong rows = fields.integer("/train/batchSize");
      OptionalLong length = fields.integer("/train/sequenceLength");
      if (rows.isPresent() && length.isPresent()) {
        long tokens = rows.getAsLong() * length.getAsLong();
        inside(tokens, "a microbatch has " + tokens + " tokens");
      }
    }
  }

  /**
   * As it is compiled for this model and this training; a name without a tile is any of its tiles.
   */
  private void operation(Site site) {
    Optional<String> name = fields.text(target + "/operation");
    Optional<ModelCatalog.Dimensions> model = fields.dimensions();
    OptionalLong rows = fields.integer("/train/batchSize");
    OptionalLong length = fields.integer("/train/sequenceLength");
    if (name.isEmpty() || model.isEmpty() || rows.isEmpty() || length.isEmpty()) {
      return;
    }
    if (length.getAsLong() > model.get().contextLength()) {
      return;
    }
    List<Tensor> operations =
        fields
            .catalog()
            .operations(model.get(), (int) rows.getAsLong(), (int) length.getAsLong(), ranks())
            .stream()
            .filter(one -> one.product() || site != Site.PRODUCT)
            .map(ModelCatalog.Operation::output)
            .toList();
    List<Tensor> meant =
        operations.stream()
            .filter(one -> one.name().equals(name.get()) || one.name().startsWith(name.get() + "["))
            .toList();
    if (meant.isEmpty()) {
      List<String> names = operations.stream().map(Tensor::name).toList();
      fields.wrong(
          target + "/operation",
          "is \""
              + name.get()
              + "\", which the model does not have"
              + Suggestion.didYouMean(name.get(), names)
              + " expected one of "
              + names.getFirst()
              + " to "
              + names.getLast()
              + ", in the order of the program");
      return;
    }
    long most = meant.stream().mapToLong(Tensor::elements).max().orElse(0);
    inside(most, name.get() + " writes " + most + " floats");
  }

  /** The last element that the pattern reaches is inside. */
  private void inside(long size, String why) {
    OptionalLong element = fields.integer(target + "/element");
    if (element.isEmpty()) {
      return;
    }
    if (element.getAsLong() >= size) {
      fields.wrong(
          target + "/element",
          "is " + element.getAsLong() + ", expected 0 to " + (size - 1) + ": " + why);
    } else if (element.getAsLong() + reach() > size) {
      fields.wrong(
          fault + "/inject/pattern",
          "reaches to element "
              + (element.getAsLong() + reach() - 1)
              + ", expected at most "
              + (size - 1)
              + ": "
              + why);
    }
  }

  /** As {@link dev.redoubt.fault.Pattern#reach}, of what may not be a pattern yet. */
  private long reach() {
    String at = fault + "/inject/pattern";
    long count = fields.integer(at + "/count").orElse(1);
    return switch (fields.text(at + "/shape").orElse("bits")) {
      case "stride" -> fields.integer(at + "/every").orElse(1) * (count - 1) + 1;
      case "burst" -> fields.integer(at + "/cells").orElse(1);
      case "null", "wrong-offset", "stale-read" -> count;
      default -> 1;
    };
  }

  /** The newest version is no stored copy yet: the step is about to read it. */
  private void storedCopy(String site) {
    if (!site.equals("stored-copy")) {
      return;
    }
    OptionalLong age = fields.integer(target + "/age");
    if (age.isPresent() && age.getAsLong() == 0) {
      fields.wrong(
          target + "/age",
          "is 0, expected at least 1: the newest version is struck by the site parameters");
    }
  }

  private void onlyFor(String wanted, String site, String key) {
    if (fields.has(target + "/" + key)) {
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
    inside(tensor.elements(), tensor.name() + " has the shape " + tensor.shape() + where);
  }
}
