package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario.At;
import dev.redoubt.cli.scenario.Scenario.BitFlip;
import dev.redoubt.cli.scenario.Scenario.Cluster;
import dev.redoubt.cli.scenario.Scenario.Crash;
import dev.redoubt.cli.scenario.Scenario.Data;
import dev.redoubt.cli.scenario.Scenario.Detect;
import dev.redoubt.cli.scenario.Scenario.Detected;
import dev.redoubt.cli.scenario.Scenario.Expect;
import dev.redoubt.cli.scenario.Scenario.Fault;
import dev.redoubt.cli.scenario.Scenario.FaultExpectation;
import dev.redoubt.cli.scenario.Scenario.Inject;
import dev.redoubt.cli.scenario.Scenario.Lateness;
import dev.redoubt.cli.scenario.Scenario.Model;
import dev.redoubt.cli.scenario.Scenario.Redundancy;
import dev.redoubt.cli.scenario.Scenario.Source;
import dev.redoubt.cli.scenario.Scenario.Storm;
import dev.redoubt.cli.scenario.Scenario.Timeouts;
import dev.redoubt.cli.scenario.Scenario.Train;
import dev.redoubt.cli.scenario.Scenario.Victim;
import dev.redoubt.cli.scenario.Scenario.Worker;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.trainer.program.ProductChecks;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns a tree that passed every check, defaults filled in, into a {@link Scenario}. */
final class ScenarioReader {
  private final JsonNode root;
  private final Path folder;
  private final Dimensions dimensions;

  /**
   * A reader of one tree.
   *
   * @param folder that relative paths start from
   */
  ScenarioReader(JsonNode root, Path folder, Dimensions dimensions) {
    this.root = root;
    this.folder = folder;
    this.dimensions = dimensions;
  }

  /** One copy where buddies keep some and nobody said how many. */
  Scenario read() {
    JsonNode cluster = root.path("cluster");
    JsonNode timeouts = root.path("timeouts");
    return new Scenario(
        text(root, "name"),
        text(root, "description"),
        root.path("seed").asLong(),
        word(Mode.class, root.path("mode")),
        new Cluster(
            integer(cluster, "pods"),
            integer(cluster, "workersPerPod"),
            integer(cluster, "spares"),
            controllers(cluster),
            integer(cluster, "port"),
            optionalInteger(cluster.at("/returns/afterSteps")),
            cluster.path("tls").asBoolean()),
        model(root.path("model")),
        data(root.path("data")),
        train(root.path("train")),
        redundancy(root.path("redundancy")),
        detect(root.path("detect"), root.at("/timeouts/stallMillisMax").asLong()),
        list(root.path("faults"), ScenarioReader::fault),
        root.has("storm") ? storm(root.path("storm")) : null,
        new Timeouts(
            timeouts.path("stallMillisMax").asLong(),
            timeouts.path("joinMillisMax").asLong(),
            optionalInteger(timeouts.path("runSecondsMax"))),
        expect(root.path("expect")));
  }

  private static Redundancy redundancy(JsonNode node) {
    Scheme scheme = word(Scheme.class, node.path("scheme"));
    return new Redundancy(
        scheme,
        integer(node, "keepVersions"),
        scheme == Scheme.BUDDY ? node.path("copies").asInt(1) : 0,
        optionalInteger(
            scheme == Scheme.CHECKPOINT
                ? node.path("everySteps")
                : node.at("/diskTier/everySteps")));
  }

  private static Storm storm(JsonNode node) {
    return new Storm(
        integer(node, "every"),
        integer(node, "from"),
        list(node.path("kinds"), kind -> word(StormKind.class, kind)),
        node.has("mix") ? word(StormMix.class, node.path("mix")) : null,
        integer(node, "keepPods"));
  }

  /** Where a process can be killed for good, somebody stands by for it. */
  private int controllers(JsonNode cluster) {
    if (cluster.has("controllers")) {
      return integer(cluster, "controllers");
    }
    return word(Mode.class, root.path("mode")) == Mode.LOCAL ? 1 : 2;
  }

  private Model model(JsonNode node) {
    return new Model(node.isTextual() ? node.asText() : text(node, "name"), dimensions);
  }

  private Source source(JsonNode node) {
    String from = text(node, "from");
    String absolute =
        from.equals(Source.JDK_SOURCES)
            ? from
            : folder.resolve(from).toAbsolutePath().normalize().toString();
    boolean code = from.equals(Source.JDK_SOURCES);
    return new Source(
        text(node, "name"),
        absolute,
        node.path("bytesMax").asLong(),
        node.path("kind").asText(code ? "code" : "prose"),
        node.path("language").asText(code ? "java" : "und"),
        node.path("weight").asDouble(1));
  }

  private Data data(JsonNode node) {
    JsonNode tokenizer = node.path("tokenizer");
    JsonNode filters = node.path("filters");
    return new Data(
        list(node.path("sources"), this::source),
        tokenizer.isMissingNode() ? null : tokenizer(tokenizer),
        list(node.path("stages"), ScenarioReader::stage),
        filters.isMissingNode() ? null : filters(filters),
        integer(node, "imagePatch"),
        integer(node, "audioFrame"));
  }

  private Scenario.Tokenizer tokenizer(JsonNode node) {
    boolean pieces = text(node, "kind").equals(Scenario.Tokenizer.SENTENCE_PIECE);
    return new Scenario.Tokenizer(
        text(node, "kind"),
        pieces ? node.path("vocabulary").asInt() : 256,
        node.path("model").isTextual()
            ? folder.resolve(text(node, "model")).toAbsolutePath().normalize().toString()
            : null);
  }

  private static Scenario.Stage stage(JsonNode node) {
    SequencedMap<String, Double> weights = new LinkedHashMap<>();
    node.path("weights")
        .properties()
        .forEach(entry -> weights.put(entry.getKey(), entry.getValue().asDouble()));
    return new Scenario.Stage(node.path("until").asDouble(), weights);
  }

  private static Scenario.Filters filters(JsonNode node) {
    return new Scenario.Filters(
        list(node.path("off"), JsonNode::asText),
        integer(node, "wordsMin"),
        integer(node, "linesMin"),
        integer(node, "lineCharactersMax"),
        node.path("qualityMin").asDouble(),
        node.path("safetyMax").asDouble(),
        list(node.path("blocklist"), JsonNode::asText));
  }

  private static Train train(JsonNode node) {
    return new Train(
        integer(node, "steps"),
        integer(node, "microbatches"),
        integer(node, "sequenceLength"),
        integer(node, "batchSize"),
        node.path("learningRate").asDouble(),
        integer(node, "warmupSteps"),
        node.path("weightDecay").asDouble(),
        node.path("beta1").asDouble(),
        node.path("beta2").asDouble(),
        node.path("epsilon").asDouble(),
        node.path("clipNorm").asDouble(),
        node.path("overlap").asBoolean());
  }

  private static Detect detect(JsonNode node, long stallMillisMax) {
    return new Detect(
        every(node.path("stateDigest")),
        node.path("frameDigest").asBoolean(),
        node.path("screens").asBoolean(),
        every(node.path("scrub")),
        node.at("/scrub/bytesPerSecond").asLong(0),
        integer(node, "strikesToEvict"),
        node.at("/audits/fraction").asDouble(0),
        node.at("/audits/lagSteps").asInt(0),
        abft(node.path("abft")),
        lateness(node.path("slow"), stallMillisMax),
        node.path("scan").asBoolean(),
        node.path("membership").asBoolean(),
        node.path("deadlines").asBoolean(),
        node.path("diagnosis").asBoolean());
  }

  private static ProductChecks abft(JsonNode node) {
    return abft(node.asText("none"));
  }

  static ProductChecks abft(String word) {
    return ProductChecks.valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** No rank is late before a twentieth of the deadline for a step's reports has passed. */
  private static @Nullable Lateness lateness(JsonNode node, long stallMillisMax) {
    return node.isObject()
        ? new Lateness(
            node.path("factor").asDouble(),
            node.path("millisMin").asLong(stallMillisMax / 20),
            node.path("evictAfter").asInt(3))
        : null;
  }

  /** {@code {every: N}} is N, true is 1, false is 0. */
  static int every(JsonNode node) {
    if (node.isBoolean()) {
      return node.asBoolean() ? 1 : 0;
    }
    return integer(node, "every");
  }

  private static Fault fault(JsonNode node) {
    JsonNode at = node.path("at");
    return new Fault(
        text(node, "id"),
        new At(integer(at, "step"), phase(at, node.at("/inject/target/site").asText(""))),
        inject(node.path("inject")));
  }

  /** Some sites are there in one phase only, which need not be given. */
  private static Phase phase(JsonNode at, String site) {
    return switch (site) {
      case "reduced-gradient" -> Phase.UPDATE;
      case "digest" -> Phase.ATTEST;
      default -> word(Phase.class, at.path("phase"));
    };
  }

  private static Inject inject(JsonNode node) {
    JsonNode target = node.path("target");
    String kind = text(node, "kind");
    if (TroubleFile.isKind(kind)) {
      return new Scenario.Network(worker(target), TroubleFile.read(node));
    }
    return switch (kind) {
      case "crash", "out-of-memory" ->
          new Crash(
              victim(target),
              optionalInteger(node.at("/returns/afterSteps")),
              kind.equals("out-of-memory"));
      case "drain" -> new Scenario.Drain(worker(target));
      case "hang" -> new Scenario.Hang(victim(target));
      case "pause" -> new Scenario.Pause(victim(target), node.path("seconds").asDouble());
      case "slow" ->
          new Scenario.Slow(
              worker(target), node.path("factor").asDouble(), optionalInteger(node.path("steps")));
      case "partition" ->
          new Scenario.Partition(
              victim(target),
              list(node.path("with"), ScenarioReader::victim),
              node.has("direction")
                  ? word(Direction.class, node.path("direction"))
                  : Direction.BOTH,
              node.has("seconds") ? Double.valueOf(node.path("seconds").asDouble()) : null);
      case "corruption", "software-bug" -> corruption(node, target);
      case "defective-core" -> core(node, target);
      default -> flip(target);
    };
  }

  private static Victim victim(JsonNode node) {
    return node.path("controller").asBoolean() ? new Scenario.Controller() : worker(node);
  }

  private static BitFlip flip(JsonNode target) {
    Site site = word(Site.class, target.path("site"));
    return new BitFlip(
        worker(target),
        site,
        name(target),
        target.path("element").asLong(),
        integer(target, "bit"),
        optionalInteger(target.path("microbatch")),
        age(target, site));
  }

  /** Of a tensor or an operation; empty where there is none. */
  private static String name(JsonNode target) {
    return target.path("tensor").asText(target.path("operation").asText(""));
  }

  private static @Nullable Integer age(JsonNode target, Site site) {
    Integer age = optionalInteger(target.path("age"));
    return age == null && site == Site.STORED_COPY ? Integer.valueOf(1) : age;
  }

  private static Scenario.Corruption corruption(JsonNode node, JsonNode target) {
    Site site = word(Site.class, target.path("site"));
    return new Scenario.Corruption(
        worker(target),
        site,
        name(target),
        target.path("element").asLong(),
        optionalInteger(target.path("microbatch")),
        age(target, site),
        pattern(node.path("pattern")),
        lasts(node.path("lasts"), 1),
        text(node, "kind").equals("software-bug"));
  }

  /** Every default is in the schema of a pattern. */
  private static Pattern pattern(JsonNode node) {
    return switch (text(node, "shape")) {
      case "bits" -> new Pattern.Bits(mask(node.path("bits")));
      case "stride" ->
          new Pattern.Stride(
              mask(node.path("bits")), integer(node, "every"), integer(node, "count"));
      case "burst" ->
          new Pattern.Burst(
              integer(node, "cells"),
              node.path("fraction").asDouble(),
              node.path("seed").asLong(0));
      case "null" -> new Pattern.Nulled(integer(node, "count"));
      case "wrong-offset" -> new Pattern.WrongOffset(integer(node, "by"), integer(node, "count"));
      default -> new Pattern.StaleRead(integer(node, "count"));
    };
  }

  static int mask(JsonNode bits) {
    int mask = 0;
    for (JsonNode bit : bits) {
      mask |= 1 << bit.asInt();
    }
    return mask;
  }

  private static Recurrence lasts(JsonNode node, int steps) {
    return new Recurrence(node.path("steps").asInt(steps), node.path("probability").asDouble(1));
  }

  private static Scenario.DefectiveCore core(JsonNode node, JsonNode target) {
    JsonNode operand = node.path("operand");
    return new Scenario.DefectiveCore(
        target.has("spare") ? new Scenario.Spare(integer(target, "spare")) : worker(target),
        node.has("unit")
            ? DefectiveCore.Unit.valueOf(text(node, "unit").toUpperCase(Locale.ROOT))
            : DefectiveCore.Unit.FMA,
        integer(node, "lane"),
        mask(node.path("bits")),
        (int) operand.path("mask").asLong(),
        (int) operand.path("pattern").asLong(),
        lasts(node.path("lasts"), Integer.MAX_VALUE));
  }

  private static Expect expect(JsonNode node) {
    SequencedMap<String, FaultExpectation> faults = new LinkedHashMap<>();
    node.path("faults")
        .properties()
        .forEach(entry -> faults.put(entry.getKey(), faultExpectation(entry.getValue())));
    return new Expect(
        optionalWord(FinalState.class, node.path("finalState")),
        faults,
        optionalInteger(node.path("falseAlarms")),
        bound(node.path("goodput")),
        optionalInteger(node.path("evictions")),
        bound(node.path("lossFallsBy")),
        bound(node.path("memoryGrowsBy")));
  }

  private static FaultExpectation faultExpectation(JsonNode node) {
    return new FaultExpectation(
        detected(node.path("detected")),
        optionalWord(Detector.class, node.path("detectedBy")),
        node.has("blamed") ? worker(node.path("blamed")) : null,
        optionalWord(Response.class, node.path("response")),
        optionalWord(Effect.class, node.path("effect")));
  }

  private static @Nullable Detected detected(JsonNode node) {
    if (node.isMissingNode()) {
      return null;
    }
    return node.isBoolean()
        ? new Detected(node.asBoolean(), null)
        : new Detected(true, integer(node, "withinSteps"));
  }

  private static Worker worker(JsonNode node) {
    return new Worker(integer(node, "pod"), integer(node, "rank"));
  }

  static @Nullable Bound bound(JsonNode node) {
    return node.isMissingNode() ? null : Bound.parse(node.asText());
  }

  static @Nullable Integer optionalInteger(JsonNode node) {
    return node.isMissingNode() ? null : Integer.valueOf(node.asInt());
  }

  private static <E extends Enum<E> & Word> @Nullable E optionalWord(Class<E> type, JsonNode node) {
    return node.isMissingNode() ? null : word(type, node);
  }

  private static <E extends Enum<E> & Word> E word(Class<E> type, JsonNode node) {
    return Word.parse(type, node.asText());
  }

  private static String text(JsonNode node, String key) {
    return node.path(key).asText();
  }

  private static int integer(JsonNode node, String key) {
    return node.path(key).asInt();
  }

  private static <T> List<T> list(JsonNode nodes, Function<JsonNode, T> each) {
    List<T> list = new ArrayList<>();
    nodes.forEach(node -> list.add(each.apply(node)));
    return list;
  }
}
