package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario.Source;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a schema cannot say about the machines, the model, the data and the training. */
final class MeaningChecks {

  static final String ABFT_NEEDS =
      "needs stateDigest: {every: 1}: who computed a step wrong may still hold the version that"
          + " came of it, and must not build on that later";

  /** How many ranks a pod can have. */
  static final Set<Long> RANKS = Set.of(1L, 2L, 4L);

  private final Fields fields;

  private MeaningChecks(Fields fields) {
    this.fields = fields;
  }

  /**
   * Checks everything; problems are added to {@code fields}.
   *
   * @param folder that relative paths start from
   */
  static void check(Fields fields, Path folder) {
    MeaningChecks checks = new MeaningChecks(fields);
    checks.onlyWhatRuns();
    checks.model();
    checks.dimensions();
    checks.train();
    checks.detect();
    DiskChecks.check(fields);
    checks.audits();
    checks.abft();
    checks.diagnosis();
    RedundancyChecks.check(fields);
    checks.storm();
    checks.slow();
    checks.data(folder);
    FaultChecks.check(fields);
    ExpectChecks.check(fields);
  }

  private void onlyWhatRuns() {
    only("/mode", List.of("local", "processes", "containers"));
    boolean trains =
        fields.text("/data/tokenizer/kind").filter("sentencepiece"::equals).isPresent()
            && fields.text("/data/tokenizer/model").isEmpty();
    if (trains && fields.text("/mode").filter("containers"::equals).isPresent()) {
      fields.wrong(
          "/data/tokenizer",
          "has no model, and containers have no spm_train to make one: expected a file in 'model'");
    }
    OptionalLong workers = fields.integer("/cluster/workersPerPod");
    if (workers.isPresent() && !RANKS.contains(workers.getAsLong())) {
      fields.wrong(
          "/cluster/workersPerPod",
          "is "
              + workers.getAsLong()
              + ", expected 1, 2 or 4: each rank has whole slices of every contraction");
    }
  }

  private void only(String pointer, List<String> runnable) {
    Optional<String> word = fields.text(pointer);
    if (word.isPresent() && !runnable.contains(word.get())) {
      fields.wrong(
          pointer,
          "is "
              + word.get()
              + ", which cannot be run yet; expected "
              + String.join(" or ", runnable));
    }
  }

  private void model() {
    Optional<String> preset = fields.text("/model");
    if (preset.isPresent() && fields.catalog().preset(preset.get()).isEmpty()) {
      fields.wrong(
          "/model",
          "is the unknown preset \""
              + preset.get()
              + "\", expected one of "
              + String.join(", ", fields.catalog().presets())
              + " or the dimensions"
              + Suggestion.didYouMean(preset.get(), fields.catalog().presets()));
    }
  }

  private void dimensions() {
    fields
        .writtenDimensions()
        .flatMap(fields.catalog()::problem)
        .ifPresent(problem -> fields.wrong("/model", "cannot be trained: " + problem));
  }

  private void train() {
    OptionalLong length = fields.integer("/train/sequenceLength");
    Optional<Dimensions> model = fields.dimensions();
    if (length.isPresent()
        && model.isPresent()
        && length.getAsLong() > model.get().contextLength()) {
      fields.wrong(
          "/train/sequenceLength",
          "is "
              + length.getAsLong()
              + ", expected at most the model's contextLength of "
              + model.get().contextLength());
    }
    OptionalLong microbatches = fields.integer("/train/microbatches");
    OptionalLong pods = fields.integer("/cluster/pods");
    if (microbatches.isPresent()
        && pods.isPresent()
        && microbatches.getAsLong() < pods.getAsLong()) {
      fields.wrong(
          "/train/microbatches",
          "is "
              + microbatches.getAsLong()
              + ", expected at least one for each of the "
              + pods.getAsLong()
              + " pods");
    }
  }

  private void detect() {
    OptionalLong every = fields.integer("/detect/stateDigest/every");
    OptionalLong keep = fields.integer("/redundancy/keepVersions");
    if (every.isPresent() && keep.isPresent() && every.getAsLong() >= keep.getAsLong()) {
      fields.wrong(
          "/detect/stateDigest/every",
          "is "
              + every.getAsLong()
              + ", expected less than redundancy.keepVersions, "
              + keep.getAsLong()
              + ": the last compared version must still be there");
    }
  }

  private void audits() {
    if (fields.node("/detect/audits").asBoolean()) {
      fields.wrong("/detect/audits", "is true, expected {fraction: Q} with Q above 0, or false");
    }
    if (!fields.has("/detect/audits/fraction")) {
      return;
    }
    if (!OptionalLong.of(1).equals(fields.integer("/detect/stateDigest/every"))) {
      fields.wrong(
          "/detect/audits",
          "need detect.stateDigest: {every: 1}: a step is audited on the version before it, which"
              + " must be agreed on");
    }
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    if (ranks.isPresent() && ranks.getAsLong() != 1) {
      fields.wrong(
          "/detect/audits",
          "need cluster.workersPerPod: 1, not "
              + ranks.getAsLong()
              + ": a spare alone cannot compute what several ranks compute together");
    }
    OptionalLong spares = fields.integer("/cluster/spares");
    if (spares.orElse(0) < 1) {
      fields.wrong("/detect/audits", "need at least one spare to do them: cluster.spares is 0");
    }
    auditsThatLag(fields.integer("/detect/audits/lagSteps").orElse(0));
  }

  private void auditsThatLag(long lagSteps) {
    String at = "/detect/audits/lagSteps";
    long keep = fields.integer("/redundancy/keepVersions").orElse(0);
    if (lagSteps > 0 && keep < lagSteps + 2) {
      fields.wrong(
          at,
          "is %d, expected at most redundancy.keepVersions - 2, %d: the verified version, those after it and the one that is written are all kept"
              .formatted(lagSteps, Math.max(0, keep - 2)));
    }
    if (lagSteps > 0 && fields.has("/detect/slow/factor")) {
      fields.wrong(
          at,
          "is %d, expected 0 with detect.slow: the sum of a spare that stands in is confirmed before the next step"
              .formatted(lagSteps));
    }
  }

  private void abft() {
    String at = "/detect/abft";
    ProductChecks which = ScenarioReader.abft(fields.text(at).orElse("none"));
    if (which == ProductChecks.NONE) {
      return;
    }
    if (!OptionalLong.of(1).equals(fields.integer("/detect/stateDigest/every"))) {
      fields.wrong(at, ABFT_NEEDS);
    }
    Optional<Dimensions> model = fields.dimensions();
    OptionalLong rows = fields.integer("/train/batchSize");
    OptionalLong length = fields.integer("/train/sequenceLength");
    if (which == ProductChecks.LARGE
        && model.isPresent()
        && rows.isPresent()
        && length.isPresent()
        && fields.catalog().problem(model.get()).isEmpty()
        && length.getAsLong() <= model.get().contextLength()) {
      int ranks = (int) fields.integer("/cluster/workersPerPod").orElse(1);
      boolean none =
          fields
              .catalog()
              .operations(model.get(), (int) rows.getAsLong(), (int) length.getAsLong(), ranks)
              .stream()
              .noneMatch(one -> covers(which, one));
      if (none) {
        fields.wrong(
            at,
            "is large, and no product of this model, batchSize and sequenceLength is; expected all"
                + " or none");
      }
    }
  }

  private static boolean covers(ProductChecks which, ModelCatalog.Operation one) {
    List<Integer> shape = one.output().shape();
    Into into = one.continues() ? Into.CONTINUE : Into.OVERWRITE;
    return one.product() && which.covers(shape.get(0), shape.get(1), one.depth(), into);
  }

  private void storm() {
    if (fields.has("/storm/mix") && fields.isGiven("/storm/kinds")) {
      fields.wrongKey("/storm/mix", "stands beside kinds, expected one of them");
    }
  }

  private void diagnosis() {
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    if (fields.node("/detect/diagnosis").asBoolean() && ranks.orElse(1) != 1) {
      fields.wrong(
          "/detect/diagnosis",
          "needs cluster.workersPerPod: 1, not "
              + ranks.getAsLong()
              + ": what several ranks compute together nobody can compute again alone");
    }
  }

  /** What a spare needs to do a late rank's work, and how its limits stand to the deadline. */
  private void slow() {
    String at = "/detect/slow";
    if (fields.node(at).asBoolean()) {
      fields.wrong(at, "is true, expected {factor: F} with F above 1, or false");
    }
    if (!fields.has(at + "/factor")) {
      return;
    }
    if (!OptionalLong.of(1).equals(fields.integer("/detect/stateDigest/every"))) {
      fields.wrong(
          at,
          "needs detect.stateDigest: {every: 1}: a spare computes on the version before the step,"
              + " which must be agreed on");
    }
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    if (ranks.isPresent() && ranks.getAsLong() != 1) {
      fields.wrong(
          at,
          "needs cluster.workersPerPod: 1, not "
              + ranks.getAsLong()
              + ": a spare alone cannot compute what several ranks compute together");
    }
    if (fields.integer("/cluster/spares").orElse(0) < 1) {
      fields.wrong(at, "needs at least one spare to stand in: cluster.spares is 0");
    }
    OptionalLong keep = fields.integer("/redundancy/keepVersions");
    if (keep.isPresent() && keep.getAsLong() < 3) {
      fields.wrong(
          at,
          "needs redundancy.keepVersions: 3 at least, not "
              + keep.getAsLong()
              + ": if two sums differ, all go back to the version before the last");
    }
    limits(at);
  }

  /** Otherwise who hangs is given up by the deadline before it has let its limits pass. */
  private void limits(String at) {
    OptionalLong least = fields.integer(at + "/millisMin");
    OptionalLong stall = fields.integer("/timeouts/stallMillisMax");
    long times = fields.integer(at + "/evictAfter").orElse(3);
    if (least.isPresent() && stall.isPresent() && least.getAsLong() * times >= stall.getAsLong()) {
      fields.wrong(
          at + "/millisMin",
          "is %d, expected less than timeouts.stallMillisMax, %d, divided by detect.slow.evictAfter, %d"
              .formatted(least.getAsLong(), stall.getAsLong(), times));
    }
  }

  private void data(Path folder) {
    for (int i = 0; i < fields.size("/data/sources"); i++) {
      String pointer = "/data/sources/" + i + "/from";
      Optional<String> from = fields.text(pointer);
      if (from.isPresent() && !from.get().equals(Source.JDK_SOURCES)) {
        path(pointer, folder, from.get());
      }
    }
    fields.text("/data/tokenizer/model").ifPresent(at -> path("/data/tokenizer/model", folder, at));
    names();
    interleaved();
    pieces();
    stages();
  }

  /** Mixtures and reports speak of sources by their names. */
  private void names() {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < fields.size("/data/sources"); i++) {
      String pointer = "/data/sources/" + i + "/name";
      Optional<String> name = fields.text(pointer);
      if (name.isPresent() && !names.add(name.get()) && mixed()) {
        fields.wrong(pointer, "is \"" + name.get() + "\" again, expected a name of its own");
      }
    }
  }

  /** Windows of rows with features are not mixed with windows of tokens. */
  private void interleaved() {
    if (!fields.interleaved()) {
      return;
    }
    for (int i = 0; i < fields.size("/data/sources"); i++) {
      String source = "/data/sources/" + i;
      if (!fields.interleaved(i)) {
        fields.wrong(
            fields.has(source + "/kind") ? source + "/kind" : source,
            "is not interleaved, but another source is; expected all sources of a run to be of kind"
                + " interleaved, or none");
      } else if (fields.text(source + "/from").filter(Source.JDK_SOURCES::equals).isPresent()) {
        fields.wrong(source + "/from", "is jdk-sources, expected a folder with Markdown files");
      }
    }
    for (String key : List.of("tokenizer", "stages", "filters")) {
      if (fields.has("/data/" + key)) {
        fields.wrongKey(
            "/data/" + key,
            "is not for sources of kind interleaved: their text is cut into bytes, and all of it is"
                + " read");
      }
    }
  }

  private boolean mixed() {
    return fields.has("/data/tokenizer")
        || fields.has("/data/stages")
        || fields.has("/data/filters");
  }

  private void pieces() {
    Optional<Dimensions> model = fields.dimensions();
    if (fields.pieces().isPresent()
        && model.isPresent()
        && model.get().vocabulary() != fields.pieces().getAsInt()) {
      fields.wrong(
          "/model/vocabulary",
          "is %d, expected data.tokenizer.vocabulary, %d"
              .formatted(model.get().vocabulary(), fields.pieces().getAsInt()));
    }
  }

  private void stages() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < fields.size("/data/sources"); i++) {
      fields.text("/data/sources/" + i + "/name").ifPresent(names::add);
    }
    double before = 0;
    int count = fields.size("/data/stages");
    for (int i = 0; i < count; i++) {
      String stage = "/data/stages/" + i;
      double until = fields.node(stage + "/until").asDouble();
      if (until <= before) {
        fields.wrong(
            stage + "/until",
            "is " + until + ", expected more than " + before + ", where the stage before it ends");
      } else if (i == count - 1 && until != 1) {
        fields.wrong(stage + "/until", "is " + until + ", expected 1: it is the last stage");
      }
      before = Math.max(before, until);
      weights(stage + "/weights", names);
    }
  }

  private void weights(String pointer, List<String> names) {
    double sum = 0;
    for (Map.Entry<String, JsonNode> weight : fields.node(pointer).properties()) {
      sum += weight.getValue().asDouble();
      if (!names.contains(weight.getKey())) {
        fields.wrongKey(
            pointer + "/" + weight.getKey().replace("~", "~0").replace("/", "~1"),
            "is no source, expected one of "
                + String.join(", ", names)
                + Suggestion.didYouMean(weight.getKey(), names));
      }
    }
    if (sum == 0) {
      fields.wrong(pointer, "are all 0, expected one that is not");
    }
  }

  /** Whether it can be read is a matter of the machine that runs it, not of the file. */
  private void path(String pointer, Path folder, String from) {
    try {
      Path ignored = folder.resolve(from);
    } catch (InvalidPathException e) {
      fields.wrong(pointer, "is not a path: " + e.getReason());
    }
  }
}
