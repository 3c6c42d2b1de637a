package dev.redoubt.trainer.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.Evaluation;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.HeldOut;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.Source;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.token.Tokenizer;
import dev.redoubt.trainer.kernel.Matrix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interleaved documents are trained on like text: in windows, by a pure order, with origins. */
class InterleavedSamplesTest {

  private static final RowShape SHAPE = new RowShape(8, 80);
  private static final TrainConfig TRAIN = TrainConfig.defaults(7, 150, 4, 4, 32);
  private static final ModelConfig MODEL = ModelConfig.preset("pico").withInputs(8, 80);

  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path folder;

  private static InterleavedConfig example() {
    Path path = Path.of(System.getProperty("redoubt.root"), "examples", "interleaved");
    return config(path, Source.BYTES_MAX);
  }

  private static InterleavedConfig config(Path path, long bytesMax) {
    return new InterleavedConfig(List.of(new Source("example", path.toString(), bytesMax)), SHAPE);
  }

  @Test
  void aModelLearnsWhatItSeesAndHears() throws Exception {
    HeldOut parts = InterleavedSamples.openInParts(example(), TRAIN);
    Samples blind = new Blind(parts.heldOut());
    try (SoloRun run = new SoloRun(MODEL, TRAIN, parts.training(), 2);
        Evaluation seeing = new Evaluation(MODEL, TRAIN, parts.heldOut(), 1 << 16);
        Evaluation blinded = new Evaluation(MODEL, TRAIN, blind, 1 << 16)) {
      double before = seeing.loss(run.state());
      for (int step = 0; step < TRAIN.steps(); step++) {
        run.step();
      }
      double after = seeing.loss(run.state());
      assertThat(before).isBetween(5.0, 6.0);
      assertThat(after).isLessThan(0.4);
      assertThat(blinded.loss(run.state())).isGreaterThan(after + 0.1);
    }
  }

  /** The same windows with closed eyes and ears. */
  private record Blind(Samples open) implements Samples {
    @Override
    public long samples() {
      return open.samples();
    }

    @Override
    public int vocabulary() {
      return open.vocabulary();
    }

    @Override
    public int imagePatch() {
      return open.imagePatch();
    }

    @Override
    public int audioFrame() {
      return open.audioFrame();
    }

    @Override
    public long indexOf(long step, int microbatch, int row) {
      return open.indexOf(step, microbatch, row);
    }

    @Override
    public void sample(long index, Sample into) {
      open.sample(index, into);
      Matrix features = into.features();
      if (features == null) {
        throw new IllegalStateException("no features");
      }
      for (int row = 0; row < features.rows(); row++) {
        for (int column = 0; column < features.columns(); column++) {
          features.set(row, column, 0);
        }
      }
    }

    @Override
    public TokenOrigin origin(long index, int token) {
      return open.origin(index, token);
    }

    @Override
    public String digest() {
      return open.digest();
    }

    @Override
    public Tokenizer tokenizer() {
      return open.tokenizer();
    }

    @Override
    public long bytes() {
      return open.bytes();
    }
  }

  @Test
  void noTokenIsATargetOfBothParts() throws Exception {
    HeldOut parts = InterleavedSamples.openInParts(example(), TRAIN);
    Set<String> trained = targets(parts.training());
    Set<String> heldOut = targets(parts.heldOut());
    assertThat(heldOut).isNotEmpty().doesNotContainAnyElementsOf(trained);
    InterleavedSamples all = InterleavedSamples.open(example(), TRAIN);
    assertThat(parts.training().samples() + parts.heldOut().samples()).isEqualTo(all.samples());
    Set<String> both = new HashSet<>(trained);
    both.addAll(heldOut);
    assertThat(both).isEqualTo(targets(all));
  }

  /**
   * The origins of all tokens but the first of each window: each is the target of the one before.
   */
  private static Set<String> targets(Samples samples) {
    Set<String> targets = new HashSet<>();
    for (long index = 0; index < samples.samples(); index++) {
      for (int token = 1; token < TRAIN.sequenceLength(); token++) {
        assertThat(targets.add(samples.origin(index, token).toString())).isTrue();
      }
    }
    return targets;
  }

  @Test
  void eachRowSaysWhereItCameFrom() throws Exception {
    InterleavedSamples samples = InterleavedSamples.open(example(), TRAIN);
    assertThat(samples.origin(0, 5))
        .isEqualTo(new TokenOrigin("example", "colours.md", 5, "", "bytes 5-5"));
    assertThat(samples.origin(0, 7))
        .isEqualTo(
            new TokenOrigin(
                "example", "colours.md", -1, "media/blue.png", "line 1, row 0, column 1"));
    assertThat(find(samples, "media/low.wav").place()).isEqualTo("line 2, 0.0000-0.0050 s");
    assertThat(find(samples, "media/up").place())
        .isEqualTo("line 1, frame 0 at 0.000 s, row 0, column 0");
    assertThatThrownBy(() -> samples.origin(0, 32)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> samples.origin(samples.samples(), 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static TokenOrigin find(Samples samples, String file) {
    for (long index = 0; index < samples.samples(); index++) {
      for (int token = 0; token < TRAIN.sequenceLength(); token++) {
        TokenOrigin origin = samples.origin(index, token);
        if (origin.segment().equals(file)) {
          return origin;
        }
      }
    }
    throw new AssertionError(file + " is in no sample");
  }

  @Test
  void eachWindowIsVisitedOnceInAPass() throws Exception {
    InterleavedSamples samples = InterleavedSamples.open(example(), TRAIN);
    Set<Long> seen = new HashSet<>();
    for (long place = 0; place < samples.samples(); place++) {
      long batch = place / TRAIN.batchSize();
      int microbatch = (int) (batch % TRAIN.microbatches());
      int row = (int) (place % TRAIN.batchSize());
      seen.add(samples.indexOf(1 + batch / TRAIN.microbatches(), microbatch, row));
    }
    assertThat(seen).hasSize((int) samples.samples());
  }

  @Test
  void documentsAreReadUntilTheyTakeTheMemoryOfTheSource() throws Exception {
    Path path = Path.of(System.getProperty("redoubt.root"), "examples", "interleaved");
    InterleavedSamples one = InterleavedSamples.open(config(path, 1), TRAIN);
    InterleavedSamples all = InterleavedSamples.open(example(), TRAIN);
    assertThat(one.samples()).isPositive().isLessThan(all.samples());
    assertThat(one.origin(one.samples() - 1, 31).document()).isEqualTo("colours.md");
  }

  @Test
  void whatCannotBeUsedIsRefusedByItsName() throws Exception {
    assertThatThrownBy(() -> InterleavedSamples.open(config(folder, 1), TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessage("data source 'example': " + folder + ": has no Markdown files (.md)");
    Files.writeString(folder.resolve("a.md"), "first\nsecond ![x](gone.png)\n");
    assertThatThrownBy(() -> InterleavedSamples.open(config(folder, 1), TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder.resolve("a.md") + ":2: ")
        .hasMessageContaining("gone.png");
    Files.writeString(folder.resolve("a.md"), "short");
    assertThatThrownBy(() -> InterleavedSamples.open(config(folder, 1), TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("one window needs sequenceLength + 1 = 33");
    Files.writeString(folder.resolve("a.md"), "word ".repeat(50));
    assertThatThrownBy(() -> InterleavedSamples.openInParts(config(folder, 1), TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("7 windows")
        .hasMessageContaining("20 are needed");
    InterleavedConfig jdk =
        new InterleavedConfig(List.of(Source.of("code", Source.JDK_SOURCES)), SHAPE);
    assertThatThrownBy(() -> InterleavedSamples.open(jdk, TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("name a folder with Markdown files");
  }

  @Test
  void aModelThatTakesOtherRowsIsRefused() throws Exception {
    InterleavedSamples samples = InterleavedSamples.open(example(), TRAIN);
    ModelConfig other = ModelConfig.preset("pico").withInputs(8, 160);
    assertThatThrownBy(() -> new Trainer(other, TRAIN, samples))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("patches of 8 pixels and frames of 80 samples");
  }
}
