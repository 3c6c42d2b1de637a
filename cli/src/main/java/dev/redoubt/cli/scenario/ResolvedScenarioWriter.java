package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario.BitFlip;
import dev.redoubt.cli.scenario.Scenario.Crash;
import dev.redoubt.cli.scenario.Scenario.Detected;
import dev.redoubt.cli.scenario.Scenario.Expect;
import dev.redoubt.cli.scenario.Scenario.Fault;
import dev.redoubt.cli.scenario.Scenario.FaultExpectation;
import dev.redoubt.cli.scenario.Scenario.Train;
import dev.redoubt.cli.scenario.Scenario.Worker;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Recurrence;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a scenario with every default and the seed filled in. The model's dimensions are written
 * out, so that a later change of a preset does not change the run; loading the text again gives an
 * equal {@link Scenario}.
 */
public final class ResolvedScenarioWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .stringQuotingChecker(new Quoting())
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .build());

  private ResolvedScenarioWriter() {}

  /** The text of {@code scenario.resolved.yaml}. */
  public static String write(Scenario scenario) {
    try {
      return YAML.writeValueAsString(tree(scenario));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a scenario that cannot be written: " + scenario.name(), e);
    }
  }

  private static ObjectNode tree(Scenario scenario) {
    ObjectNode root = NODES.objectNode();
    root.put("apiVersion", Scenario.API_VERSION)
        .put("name", scenario.name())
        .put("description", scenario.description())
        .put("seed", scenario.seed())
        .put("mode", scenario.mode().word());
    ObjectNode cluster = root.putObject("cluster");
    cluster
        .put("pods", scenario.cluster().pods())
        .put("workersPerPod", scenario.cluster().workersPerPod())
        .put("spares", scenario.cluster().spares())
        .put("controllers", scenario.cluster().controllers())
        .put("port", scenario.cluster().port())
        .put("tls", scenario.cluster().tls());
    if (scenario.cluster().returnsAfter() != null) {
      cluster.putObject("returns").put("afterSteps", scenario.cluster().returnsAfter());
    }
    root.set("model", model(scenario.model().name(), scenario.model().dimensions()));
    root.set("data", data(scenario.data()));
    root.set("train", train(scenario.train()));
    root.set("redundancy", redundancy(scenario.redundancy()));
    root.set("detect", detect(scenario.detect()));
    ArrayNode faults = root.putArray("faults");
    scenario.faults().forEach(fault -> faults.add(fault(fault)));
    Scenario.Storm storm = scenario.storm();
    if (storm != null) {
      ObjectNode node =
          root.putObject("storm").put("every", storm.every()).put("from", storm.from());
      if (storm.mix() == null) {
        ArrayNode kinds = node.putArray("kinds");
        storm.kinds().forEach(kind -> kinds.add(kind.word()));
      } else {
        node.put("mix", storm.mix().word());
      }
      node.put("keepPods", storm.keepPods());
    }
    ObjectNode timeouts =
        root.putObject("timeouts")
            .put("stallMillisMax", scenario.timeouts().stallMillisMax())
            .put("joinMillisMax", scenario.timeouts().joinMillisMax());
    putIfAny(timeouts, "runSecondsMax", scenario.timeouts().runSecondsMax());
    root.set("expect", expect(scenario.expect()));
    return root;
  }

  private static ObjectNode data(Scenario.Data data) {
    ObjectNode node = NODES.objectNode();
    ArrayNode sources = node.putArray("sources");
    for (Scenario.Source source : data.sources()) {
      sources
          .addObject()
          .put("name", source.name())
          .put("from", source.from())
          .put("bytesMax", source.bytesMax())
          .put("kind", source.kind())
          .put("language", source.language())
          .put("weight", source.weight());
    }
    Scenario.Tokenizer tokenizer = data.tokenizer();
    if (tokenizer != null) {
      ObjectNode cut = node.putObject("tokenizer").put("kind", tokenizer.kind());
      if (tokenizer.isSentencePiece()) {
        cut.put("vocabulary", tokenizer.vocabulary());
        if (tokenizer.model() != null) {
          cut.put("model", tokenizer.model());
        }
      }
    }
    if (!data.stages().isEmpty()) {
      ArrayNode stages = node.putArray("stages");
      for (Scenario.Stage stage : data.stages()) {
        ObjectNode weights = stages.addObject().put("until", stage.until()).putObject("weights");
        stage.weights().forEach(weights::put);
      }
    }
    Scenario.Filters filters = data.filters();
    if (filters != null) {
      node.set("filters", filters(filters));
    }
    if (data.interleaved()) {
      node.put("imagePatch", data.imagePatch()).put("audioFrame", data.audioFrame());
    }
    return node;
  }

  private static ObjectNode filters(Scenario.Filters filters) {
    ObjectNode node = NODES.objectNode();
    ArrayNode off = node.putArray("off");
    filters.off().forEach(off::add);
    node.put("wordsMin", filters.wordsMin())
        .put("linesMin", filters.linesMin())
        .put("lineCharactersMax", filters.lineCharactersMax())
        .put("qualityMin", filters.qualityMin())
        .put("safetyMax", filters.safetyMax());
    ArrayNode blocklist = node.putArray("blocklist");
    filters.blocklist().forEach(blocklist::add);
    return node;
  }

  private static ObjectNode model(String name, Dimensions dimensions) {
    return NODES
        .objectNode()
        .put("name", name)
        .put("layers", dimensions.layers())
        .put("width", dimensions.width())
        .put("heads", dimensions.heads())
        .put("headSize", dimensions.headSize())
        .put("ffnWidth", dimensions.ffnWidth())
        .put("vocabulary", dimensions.vocabulary())
        .put("contextLength", dimensions.contextLength());
  }

  private static ObjectNode train(Train train) {
    return NODES
        .objectNode()
        .put("steps", train.steps())
        .put("microbatches", train.microbatches())
        .put("sequenceLength", train.sequenceLength())
        .put("batchSize", train.batchSize())
        .put("learningRate", train.learningRate())
        .put("warmupSteps", train.warmupSteps())
        .put("weightDecay", train.weightDecay())
        .put("beta1", train.beta1())
        .put("beta2", train.beta2())
        .put("epsilon", train.epsilon())
        .put("clipNorm", train.clipNorm())
        .put("overlap", train.overlap());
  }

  private static ObjectNode redundancy(Scenario.Redundancy redundancy) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("scheme", redundancy.scheme().word())
            .put("keepVersions", redundancy.keepVersions());
    if (redundancy.copies() > 0) {
      node.put("copies", redundancy.copies());
    }
    Integer every = redundancy.diskEverySteps();
    if (every != null && redundancy.scheme() == Scheme.CHECKPOINT) {
      node.put("everySteps", every);
    } else if (every != null) {
      node.putObject("diskTier").put("everySteps", every);
    }
    return node;
  }

  private static ObjectNode detect(Scenario.Detect detect) {
    ObjectNode node = NODES.objectNode();
    every(node, "stateDigest", detect.stateDigestEvery());
    node.put("frameDigest", detect.frameDigest()).put("screens", detect.screens());
    every(node, "scrub", detect.scrubEvery());
    if (detect.scrubBytesPerSecond() > 0 && node.get("scrub") instanceof ObjectNode scrub) {
      scrub.put("bytesPerSecond", detect.scrubBytesPerSecond());
    }
    if (detect.audits()) {
      node.putObject("audits")
          .put("fraction", detect.auditFraction())
          .put("lagSteps", detect.auditLagSteps());
    } else {
      node.put("audits", false);
    }
    node.put("abft", detect.abft().name().toLowerCase(Locale.ROOT));
    Scenario.Lateness slow = detect.slow();
    if (slow == null) {
      node.put("slow", false);
    } else {
      node.putObject("slow")
          .put("factor", slow.factor())
          .put("millisMin", slow.millisMin())
          .put("evictAfter", slow.evictAfter());
    }
    return node.put("scan", detect.scan())
        .put("membership", detect.membership())
        .put("deadlines", detect.deadlines())
        .put("diagnosis", detect.diagnosis())
        .put("strikesToEvict", detect.strikesToEvict());
  }

  private static void every(ObjectNode node, String key, int steps) {
    if (steps == 0) {
      node.put(key, false);
    } else {
      node.putObject(key).put("every", steps);
    }
  }

  private static ObjectNode fault(Fault fault) {
    ObjectNode node = NODES.objectNode().put("id", fault.id());
    node.putObject("at").put("step", fault.at().step()).put("phase", fault.at().phase().word());
    ObjectNode inject = node.putObject("inject").put("kind", fault.inject().kind());
    ObjectNode target = inject.putObject("target");
    if (!(fault.inject() instanceof BitFlip flip && flip.site() == Site.AUDIT)) {
      victim(target, fault.inject().target());
    }
    switch (fault.inject()) {
      case Crash crash -> {
        if (crash.returnsAfter() != null) {
          inject.putObject("returns").put("afterSteps", crash.returnsAfter());
        }
      }
      case Scenario.Hang ignored -> {}
      case Scenario.Drain ignored -> {}
      case Scenario.Pause pause -> inject.put("seconds", pause.seconds());
      case Scenario.Slow slow -> {
        inject.put("factor", slow.factor());
        putIfAny(inject, "steps", slow.steps());
      }
      case Scenario.Partition cut -> {
        ArrayNode with = inject.putArray("with");
        cut.with().forEach(victim -> victim(with.addObject(), victim));
        inject.put("direction", cut.direction().word());
        if (cut.seconds() != null) {
          inject.put("seconds", cut.seconds());
        }
      }
      case Scenario.Network network -> TroubleFile.write(inject, network.trouble());
      case BitFlip flip -> {
        place(target, flip.site(), flip.tensor(), flip.element());
        target.put("bit", flip.bit());
        putIfAny(target, "microbatch", flip.microbatch());
        putIfAny(target, "age", flip.age());
      }
      case Scenario.Corruption corruption -> {
        place(target, corruption.site(), corruption.tensor(), corruption.element());
        putIfAny(target, "microbatch", corruption.microbatch());
        putIfAny(target, "age", corruption.age());
        pattern(inject.putObject("pattern"), corruption.pattern());
        lasts(inject, corruption.lasts());
      }
      case Scenario.DefectiveCore core -> {
        inject.put("unit", core.unit().name().toLowerCase(Locale.ROOT)).put("lane", core.lane());
        bits(inject, core.mask());
        if (core.operandMask() != 0) {
          inject
              .putObject("operand")
              .put("mask", Integer.toUnsignedLong(core.operandMask()))
              .put("pattern", Integer.toUnsignedLong(core.operandPattern()));
        }
        lasts(inject, core.lasts());
      }
    }
    return node;
  }

  private static void place(ObjectNode target, Site site, String name, long element) {
    target.put("site", site.word());
    if (!name.isEmpty()) {
      target.put(site.ofOperations() ? "operation" : "tensor", name);
    }
    if (!site.isDigest()) {
      target.put("element", element);
    }
  }

  private static void lasts(ObjectNode inject, Recurrence lasts) {
    if (lasts.once()) {
      return;
    }
    ObjectNode node = inject.putObject("lasts");
    if (lasts.steps() != Integer.MAX_VALUE) {
      node.put("steps", lasts.steps());
    }
    node.put("probability", lasts.probability());
  }

  private static void bits(ObjectNode node, int mask) {
    ArrayNode bits = node.putArray("bits");
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if ((mask >>> bit & 1) == 1) {
        bits.add(bit);
      }
    }
  }

  private static void pattern(ObjectNode node, Pattern pattern) {
    node.put("shape", pattern.kind());
    switch (pattern) {
      case Pattern.Bits bits -> bits(node, bits.mask());
      case Pattern.Stride stride -> {
        bits(node, stride.mask());
        node.put("every", stride.every()).put("count", stride.count());
      }
      case Pattern.Burst burst ->
          node.put("cells", burst.cells())
              .put("fraction", burst.fraction())
              .put("seed", burst.seed());
      case Pattern.Nulled nulled -> node.put("count", nulled.count());
      case Pattern.WrongOffset offset -> node.put("by", offset.by()).put("count", offset.count());
      case Pattern.StaleRead stale -> node.put("count", stale.count());
    }
  }

  private static ObjectNode expect(Expect expect) {
    ObjectNode node = NODES.objectNode();
    putIfAny(node, "finalState", expect.finalState());
    ObjectNode faults = node.putObject("faults");
    for (Map.Entry<String, FaultExpectation> entry : expect.faults().entrySet()) {
      faults.set(entry.getKey(), faultExpectation(entry.getValue()));
    }
    putIfAny(node, "falseAlarms", expect.falseAlarms());
    putIfAny(node, "goodput", expect.goodput());
    putIfAny(node, "evictions", expect.evictions());
    putIfAny(node, "lossFallsBy", expect.lossFallsBy());
    putIfAny(node, "memoryGrowsBy", expect.memoryGrowsBy());
    return node;
  }

  private static ObjectNode faultExpectation(FaultExpectation expectation) {
    ObjectNode node = NODES.objectNode();
    Detected detected = expectation.detected();
    if (detected != null && detected.withinSteps() != null) {
      node.putObject("detected").put("withinSteps", detected.withinSteps());
    } else if (detected != null) {
      node.put("detected", detected.wanted());
    }
    putIfAny(node, "detectedBy", expectation.detectedBy());
    Worker blamed = expectation.blamed();
    if (blamed != null) {
      worker(node.putObject("blamed"), blamed);
    }
    putIfAny(node, "response", expectation.response());
    putIfAny(node, "effect", expectation.effect());
    return node;
  }

  private static void victim(ObjectNode node, Scenario.Victim victim) {
    switch (victim) {
      case Worker worker -> worker(node, worker);
      case Scenario.Spare spare -> node.put("spare", spare.number());
      case Scenario.Controller ignored -> node.put("controller", true);
    }
  }

  private static void worker(ObjectNode node, Worker worker) {
    node.put("pod", worker.pod()).put("rank", worker.rank());
  }

  private static void putIfAny(ObjectNode node, String key, @Nullable Integer value) {
    if (value != null) {
      node.put(key, value);
    }
  }

  private static void putIfAny(ObjectNode node, String key, @Nullable Word value) {
    if (value != null) {
      node.put(key, value.word());
    }
  }

  private static void putIfAny(ObjectNode node, String key, @Nullable Bound value) {
    if (value != null) {
      node.put(key, value.toString());
    }
  }

  /** Quotes whatever is not plainly a word or a path: a name such as 1e3 must stay a text. */
  private static final class Quoting extends StringQuotingChecker.Default {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean needToQuoteValue(String value) {
      return !value.matches("[A-Za-z/][A-Za-z0-9_./-]*") || super.needToQuoteValue(value);
    }
  }
}
