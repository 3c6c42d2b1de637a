package dev.redoubt.cli;

import dev.redoubt.cli.run.Caches;
import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.ModelCatalog;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.cli.train.TrainingPlan;
import dev.redoubt.trainer.LearningSchedule;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.HeldOut;
import dev.redoubt.trainer.data.Source;
import dev.redoubt.trainer.data.corpus.CorpusConfig;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import dev.redoubt.trainer.data.corpus.Filters;
import dev.redoubt.trainer.data.corpus.Kind;
import dev.redoubt.trainer.data.mixture.MixtureConfig;
import dev.redoubt.trainer.input.InterleavedConfig;
import dev.redoubt.trainer.input.RowShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What is to be trained, and for how long. */
final class TrainOptions {
  private static final double MINUTES = 5;
  private static final double MINUTES_MAX = 100_000;

  /** Whatever the length: a run by time has the bits of the run of its number of steps. */
  private static final int WARMUP_STEPS = 40;

  private static final int LINES_MAX = 1000;

  private static final String PIECES = "sentencepiece";
  private static final int VOCABULARY_MIN = 512;
  private static final int VOCABULARY_MAX = 65_536;

  /** As much of the JDK as a model of a million parameters reads in some minutes. */
  private static final long JDK_BYTES_MAX = 16L << 20;

  private static final long BYTES_MAX = 1L << 30;

  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "NAME", description = "A preset (default: nano).")
  String model = "nano";

  @Option(
      names = "--data",
      paramLabel = "NAME=PATH",
      description =
          "A source: its name in reports, and a file, a folder or jdk-sources. May be repeated"
              + " (default: code=jdk-sources).")
  Map<String, String> data = new LinkedHashMap<>();

  @Option(
      names = "--interleaved",
      paramLabel = "NAME=PATH",
      description =
          "A source of Markdown documents whose links to .png, .wav and folders of frames stand for"
              + " what they name. May be repeated; excludes --data.")
  Map<String, String> interleaved = new LinkedHashMap<>();

  @Option(
      names = "--image-patch",
      paramLabel = "N",
      description = "Pixels on a side of a patch (default: 8).")
  int imagePatch = 8;

  @Option(
      names = "--audio-frame",
      paramLabel = "N",
      description = "Samples in a frame of sound, at 16 kHz (default: 160).")
  int audioFrame = 160;

  @Option(
      names = "--scenario",
      paramLabel = "FILE",
      description = "Take the data section of a scenario.")
  @Nullable Path scenario;

  @Option(
      names = "--tokenizer",
      paramLabel = "KIND",
      description =
          "bytes, or sentencepiece, which is trained on the text; then documents are filtered, too"
              + " (default: bytes).")
  @Nullable String tokenizer;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      description = "Of sentencepiece, a multiple of 4 (default: 4096).")
  int vocabulary = 4096;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "Train for about so long (default: 5).")
  @Nullable Double minutes;

  @Option(names = "--steps", paramLabel = "N", description = "Train so many steps.")
  @Nullable Integer steps;

  @Option(
      names = "--microbatches",
      paramLabel = "N",
      description = "Microbatches in a step (default: 4).")
  int microbatches = 4;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Samples in a microbatch (default: 4).")
  int batch = 4;

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      description = "Tokens in a sample (default: 128).")
  int sequenceLength = 128;

  @Option(names = "--seed", paramLabel = "N", description = "0 or more (default: 7).")
  long seed = 7;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description =
          "After the warm-up; it falls to a tenth along a cosine (default: 0.004 up to a width of"
              + " 128, then in proportion to one over the width).")
  @Nullable Double learningRate;

  @Option(names = "--threads", paramLabel = "N", description = "Default: all processors.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--sample",
      paramLabel = "LINES",
      description = "Lines of text that the model is to write at the end (default: 5).")
  int sample = 5;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "What the model goes on with (default: some of the held-out text).")
  @Nullable String prompt;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Of the sampling; 0 takes the likeliest token (default: 0.8).")
  double temperature = 0.8;

  @Option(
      names = "--export",
      paramLabel = "FILE",
      description = "Write the weights in four bits, read them back, and judge them too.")
  @Nullable Path export;

  /**
   * All of it, checked.
   *
   * @throws ScenarioException if there is a scenario and it is wrong
   * @throws EnvironmentException if the weights could not be written in the end
   */
  TrainingPlan plan(ModelCatalog catalog) throws ScenarioException, EnvironmentException {
    check(steps == null || minutes == null, "--steps and --minutes exclude each other");
    check(data.isEmpty() || scenario == null, "--data and --scenario exclude each other");
    check(
        interleaved.isEmpty() || (data.isEmpty() && scenario == null && tokenizer == null),
        "--interleaved excludes --data, --scenario and --tokenizer");
    check(
        tokenizer == null || tokenizer.equals("bytes") || tokenizer.equals(PIECES),
        "--tokenizer is " + tokenizer + ", expected bytes or " + PIECES);
    check(
        tokenizer == null || scenario == null,
        "--tokenizer and --scenario exclude each other: a scenario has data.tokenizer");
    check(
        vocabulary >= VOCABULARY_MIN && vocabulary <= VOCABULARY_MAX && vocabulary % 4 == 0,
        "--vocabulary is %d, expected a multiple of 4 from %d to %d"
            .formatted(vocabulary, VOCABULARY_MIN, VOCABULARY_MAX));
    check(seed >= 0, "--seed is " + seed + ", expected 0 or more");
    check(threads > 0, "--threads is " + threads + ", expected at least 1");
    check(
        sample >= 0 && sample <= LINES_MAX,
        "--sample is " + sample + ", expected 0 to " + LINES_MAX);
    check(
        temperature >= 0 && temperature <= 100,
        "--temperature is " + temperature + ", expected 0 to 100");
    check(
        prompt == null || !prompt.isEmpty(), "--prompt is empty, expected at least one character");
    checkExport();
    try {
      Input input = input(catalog);
      ModelConfig chosen =
          ModelConfig.preset(model)
              .withVocabulary(input.vocabulary())
              .withInputs(input.shape().imagePatch(), input.shape().audioFrame());
      check(
          sequenceLength <= chosen.contextLength(),
          "--sequence-length is %d, but '%s' has a context of %d"
              .formatted(sequenceLength, model, chosen.contextLength()));
      return new TrainingPlan(
          chosen,
          input.text(),
          train(chosen),
          steps == null ? time() : null,
          threads,
          new TrainingPlan.Sample(sample, prompt, temperature),
          export);
    } catch (IllegalArgumentException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  private Duration time() {
    double given = minutes == null ? MINUTES : minutes;
    check(
        given > 0 && given <= MINUTES_MAX,
        "--minutes is " + given + ", expected more than 0 and at most " + (int) MINUTES_MAX);
    return Duration.ofMillis((long) Math.ceil(given * 60_000));
  }

  private TrainConfig train(ModelConfig chosen) {
    int length = steps == null ? Integer.MAX_VALUE : steps;
    double rate = learningRate == null ? 4e-3 * Math.min(1, 128.0 / chosen.width()) : learningRate;
    int warmup = Math.min(WARMUP_STEPS, length);
    return TrainConfig.defaults(seed, length, microbatches, batch, sequenceLength)
        .with(length, rate, warmup, LearningSchedule.COSINE);
  }

  /** What is read, how many different tokens are in it, and how its features are cut. */
  private record Input(TrainingPlan.Text text, int vocabulary, RowShape shape) {
    Input(TrainingPlan.Text text, int vocabulary) {
      this(text, vocabulary, new RowShape(0, 0));
    }
  }

  private Input input(ModelCatalog catalog) throws ScenarioException {
    if (scenario != null) {
      Scenario loaded = new ScenarioLoader(catalog).load(scenario);
      ModelCatalog.Dimensions model = loaded.model().dimensions();
      return new Input(
          Specs.text(loaded),
          model.vocabulary(),
          new RowShape(model.imagePatch(), model.audioFrame()));
    }
    if (!interleaved.isEmpty()) {
      return documents();
    }
    Map<String, String> named = data.isEmpty() ? Map.of("code", Source.JDK_SOURCES) : data;
    List<Source> sources =
        named.entrySet().stream().map(each -> source(each.getKey(), each.getValue())).toList();
    if (PIECES.equals(tokenizer)) {
      return new Input(Specs.text(mixture(sources)), vocabulary);
    }
    DataConfig config = new DataConfig(sources);
    return new Input(train -> HeldOut.open(config, train), Dataset.VOCABULARY);
  }

  private Input documents() {
    RowShape shape = new RowShape(imagePatch, audioFrame);
    List<Source> sources =
        interleaved.entrySet().stream()
            .map(each -> source(each.getKey(), each.getValue()))
            .toList();
    InterleavedConfig config = new InterleavedConfig(sources, shape);
    return new Input(Specs.text(config), Dataset.VOCABULARY, shape);
  }

  /** Sources are drawn alike; weights of their own are a matter of a scenario. */
  private MixtureConfig mixture(List<Source> sources) {
    SequencedMap<String, Double> weights = new LinkedHashMap<>();
    sources.forEach(source -> weights.put(source.name(), 1.0));
    List<CorpusSource> documents =
        sources.stream()
            .map(
                source -> {
                  boolean code = source.from().equals(Source.JDK_SOURCES);
                  return new CorpusSource(
                      source.name(),
                      source.from(),
                      code ? Kind.CODE : Kind.PROSE,
                      code ? "java" : CorpusSource.UNKNOWN,
                      source.bytesMax());
                })
            .toList();
    return new MixtureConfig(
        new CorpusConfig(documents, Filters.DEFAULTS, seed),
        new MixtureConfig.Tokens(vocabulary, null, Caches.tokenizers()),
        MixtureConfig.oneStage(weights));
  }

  private static Source source(String name, String from) {
    long bytesMax = from.equals(Source.JDK_SOURCES) ? JDK_BYTES_MAX : BYTES_MAX;
    return new Source(name, from, bytesMax);
  }

  /** Before the training, not after it. */
  private void checkExport() throws EnvironmentException {
    if (export == null) {
      return;
    }
    Path folder = export.toAbsolutePath().getParent();
    if (Files.isDirectory(export)) {
      throw new EnvironmentException("--export: " + export + " is a folder, expected a file");
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new EnvironmentException(
          "--export: " + folder + " is no folder that can be written to: make it first");
    }
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw bad(message);
    }
  }

  private CommandLine.ParameterException bad(String message) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the spec");
    }
    return new CommandLine.ParameterException(spec.commandLine(), message);
  }
}
