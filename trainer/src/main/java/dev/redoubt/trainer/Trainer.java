package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.kernel.ProductCheck;
import dev.redoubt.trainer.kernel.SquaredNorm;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.BucketListener;
import dev.redoubt.trainer.program.Executor;
import dev.redoubt.trainer.program.Graph;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.program.ProductChecks;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Region;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One worker's computing: gradients of microbatches, sums of them, and the update of the state.
 *
 * <p>Every result is a pure function of the arguments and the configuration, bit for bit, whatever
 * the machine. All segments are native memory of the caller, 32-bit floats in little-endian order.
 * One object for each thread: the workspace is shared by the calls. It is off-heap and is freed by
 * {@link #close}.
 */
public final class Trainer implements AutoCloseable {

  /** Stand for the microbatch in the names of exchanges when nothing is trained. */
  private static final int EVALUATION = -1_000_000;

  private static final int SAMPLING = -2_000_000_000;

  private final ModelConfig model;
  private final TrainConfig train;
  private final Samples data;
  private final ParameterLayout layout;
  private final Update update;
  private final Arena arena = Arena.ofShared();
  private final Shard shard;
  private final Links links;
  private final Executor gradients;
  private final Sample sample;
  private @Nullable Executor losses;
  private @Nullable Executor next;
  private @Nullable Probe probe;

  /**
   * Takes the workspace.
   *
   * @throws IllegalArgumentException if the model and the training do not fit together
   */
  public Trainer(ModelConfig model, TrainConfig train, Samples data) {
    this(model, train, data, Shard.WHOLE, Links.NONE);
  }

  /**
   * Takes the workspace of one rank of a pod.
   *
   * @param links to the other ranks of the pod
   * @throws IllegalArgumentException if the model and the training do not fit together
   */
  public Trainer(ModelConfig model, TrainConfig train, Samples data, Shard shard, Links links) {
    this(model, train, data, shard, links, true);
  }

  /**
   * As above.
   *
   * @param overlap whether exchanges between ranks are hidden behind computing; the bits are the
   *     same
   */
  public Trainer(
      ModelConfig model,
      TrainConfig train,
      Samples data,
      Shard shard,
      Links links,
      boolean overlap) {
    check(model, train, data);
    this.shard = shard;
    this.links = links;
    this.model = model;
    this.train = train;
    this.data = data;
    layout = ParameterLayout.of(model, shard);
    update = new Update(train, layout, links, arena);
    sample = newSample();
    gradients = new Executor(program(model, train, shard, overlap), links, arena);
  }

  /**
   * One rank's training step, compiled but without memory: to look at.
   *
   * @param overlap whether exchanges between ranks are hidden behind computing, as they are when it
   *     runs; the bits are the same
   */
  public static Program program(
      ModelConfig model, TrainConfig train, Shard shard, boolean overlap) {
    Graph graph = DecoderGraph.loss(model, train.batchSize(), train.sequenceLength());
    return Program.train(graph, region(model, shard), shard, overlap);
  }

  private static Region region(ModelConfig model, Shard shard) {
    return DecoderGraph.region(ParameterLayout.of(model, shard));
  }

  /** A sample as the model takes it, empty; its features live as long as this. */
  Sample newSample() {
    int length = train.sequenceLength();
    return model.featureWidth() == 0
        ? Sample.ofText(length)
        : Sample.of(Matrix.allocate(arena, length, model.featureWidth()));
  }

  private static void check(ModelConfig model, TrainConfig train, Samples data) {
    if (model.vocabulary() < data.vocabulary()) {
      throw new IllegalArgumentException(
          "the data have %1$d tokens: vocabulary must be at least %1$d, but that of '%2$s' is %3$d"
              .formatted(data.vocabulary(), model.name(), model.vocabulary()));
    }
    boolean alike =
        data.imagePatch() == model.imagePatch() && data.audioFrame() == model.audioFrame();
    if (!alike && data.imagePatch() + data.audioFrame() > 0) {
      throw new IllegalArgumentException(
          "the data have patches of %d pixels and frames of %d samples, but '%s' takes %d and %d"
              .formatted(
                  data.imagePatch(),
                  data.audioFrame(),
                  model.name(),
                  model.imagePatch(),
                  model.audioFrame()));
    }
    if (train.sequenceLength() > model.contextLength()) {
      throw new IllegalArgumentException(
          "sequenceLength %d is longer than the contextLength %d of '%s'"
              .formatted(train.sequenceLength(), model.contextLength(), model.name()));
    }
  }

  /** Where each tensor stands. */
  public ParameterLayout layout() {
    return layout;
  }

  /**
   * Writes version 0: parameters drawn from the seed, moments zero.
   *
   * @param state of {@link ParameterLayout#stateBytes}, overwritten
   * @return the digests of its blocks
   */
  public BlockDigests initialise(MemorySegment state) {
    checkState(state);
    state.fill((byte) 0);
    new Initialiser(model, train.seed()).write(layout, state);
    return BlockDigests.read(state);
  }

  /**
   * The gradient of one microbatch's mean loss.
   *
   * @param state read, only in its parameters region, so that region alone will do
   * @param step from 1: version {@code step} is made from version {@code step - 1}
   * @param microbatch from 0
   * @param gradient of {@link ParameterLayout#regionBytes}, overwritten, gaps included
   * @return the mean loss, in nats per token
   */
  public double gradient(MemorySegment state, long step, int microbatch, MemorySegment gradient) {
    return gradient(state, step, microbatch, gradient, BucketListener.NONE);
  }

  /**
   * As above, and tells which parts of the gradient are final while the rest is computed.
   *
   * @throws AbandonedException if the links give the step up
   */
  public double gradient(
      MemorySegment state,
      long step,
      int microbatch,
      MemorySegment gradient,
      BucketListener listener) {
    checkParameters(state);
    checkGradient(gradient);
    for (int row = 0; row < train.batchSize(); row++) {
      data.sample(data.indexOf(step, microbatch, row), sample);
      load(sample, gradients, row);
    }
    return gradients.train(state, gradient, step, microbatch, listener);
  }

  /** The parts of the gradient in the order in which they become ready; together all of it. */
  public List<Bucket> buckets() {
    return gradients.program().buckets();
  }

  /** The training step as it runs. */
  public Program program() {
    return gradients.program();
  }

  /**
   * The ids of the microbatch that is being computed, one for each row: for a probe that changes
   * them before the first instruction, as a fault.
   */
  public int[] tokens() {
    return gradients.tokens();
  }

  /** From now on the probe sees every instruction of every program; null for none. */
  public void probe(@Nullable Probe seeing) {
    probe = seeing;
    gradients.probe(seeing);
    if (losses != null) {
      losses.probe(seeing);
    }
    if (next != null) {
      next.probe(seeing);
    }
  }

  /**
   * From now on matrix products of gradients are checked when they are computed; the bits are the
   * same.
   *
   * @param alarms told of the first product of a gradient that is wrong, on the thread that
   *     computes
   */
  public void check(ProductChecks which, Consumer<ProductAlarm> alarms) {
    gradients.check(which, alarms);
  }

  /** What the check of products has counted; null if nothing is checked. */
  public @Nullable ProductCheck checked() {
    return gradients.checked();
  }

  /**
   * The mean loss over the rows of some samples that have a target, without a gradient: for text
   * that is held out.
   *
   * @param state read, only in its parameters region
   * @param step names the exchanges; all ranks of a pod call it alike
   * @param samples of the sequence length
   * @return in nats per token
   */
  public double loss(MemorySegment state, long step, List<Sample> samples) {
    checkParameters(state);
    if (losses == null) {
      Graph graph = DecoderGraph.loss(model, 1, train.sequenceLength());
      losses = executor(graph);
    }
    double sum = 0;
    long counted = 0;
    for (int i = 0; i < samples.size(); i++) {
      load(samples.get(i), losses, 0);
      int rows = counted(samples.get(i));
      sum += losses.evaluate(state, step, EVALUATION - i) * rows;
      counted += rows;
    }
    return counted == 0 ? 0 : sum / counted;
  }

  /**
   * What the model thinks follows a row: the logits of each token.
   *
   * @param state read, only in its parameters region
   * @param step names the exchanges; all ranks of a pod call it alike
   * @param prefix of the sequence length; what is after the row does not matter
   * @param row from 0
   * @return a value for each token of the vocabulary
   */
  public float[] logits(MemorySegment state, long step, Sample prefix, int row) {
    checkParameters(state);
    if (row < 0 || row >= train.sequenceLength()) {
      throw new IndexOutOfBoundsException("row " + row + " of " + train.sequenceLength());
    }
    if (next == null) {
      next = executor(DecoderGraph.next(model, train.sequenceLength()));
    }
    load(prefix, next, 0);
    next.pickRow(row);
    next.evaluate(state, step, SAMPLING - row);
    float[] logits = new float[model.vocabulary()];
    for (int token = 0; token < logits.length; token++) {
      logits[token] = next.result().get(0, token);
    }
    return logits;
  }

  private static int counted(Sample sample) {
    int counted = 0;
    for (int target : sample.targets()) {
      counted += target == Sample.NONE ? 0 : 1;
    }
    return counted;
  }

  private Executor executor(Graph graph) {
    Program program = Program.evaluate(graph, region(model, shard), shard);
    Executor executor = new Executor(program, links, arena);
    executor.probe(probe);
    return executor;
  }

  /** Puts a sample into one of an executor's sequences. */
  private void load(Sample from, Executor into, int sequence) {
    int length = train.sequenceLength();
    if (from.tokens().length != length) {
      throw new IllegalArgumentException(
          "a sample of " + from.tokens().length + " tokens where " + length + " are needed");
    }
    System.arraycopy(from.tokens(), 0, into.tokens(), sequence * length, length);
    System.arraycopy(from.targets(), 0, into.targets(), sequence * length, length);
    Matrix features = from.features();
    int wanted = model.featureWidth();
    if (wanted != (features == null ? 0 : features.columns())) {
      throw new IllegalArgumentException(
          "'%s' takes %d features in a row, but the sample is %s"
              .formatted(model.name(), wanted, features == null ? "text alone" : features));
    }
    if (features != null) {
      input(features, 0, model.patchWidth(), into, DecoderGraph.IMAGE, sequence);
      input(features, model.patchWidth(), model.audioFrame(), into, DecoderGraph.AUDIO, sequence);
    }
  }

  private void input(
      Matrix features, int from, int columns, Executor into, String name, int sequence) {
    if (columns > 0) {
      int length = train.sequenceLength();
      Matrix rows = into.input(name).rows(sequence * length, length);
      Pairs.copy(features.columns(from, columns), rows);
    }
  }

  /**
   * {@code into = into + other}, element by element: one node of the {@link SumTree}.
   *
   * @throws IllegalArgumentException if their sizes differ
   */
  public static void add(MemorySegment into, MemorySegment other) {
    if (into.byteSize() != other.byteSize()) {
      throw new IllegalArgumentException(
          "cannot add " + other.byteSize() + " bytes to " + into.byteSize());
    }
    Elementwise.add(row(into), row(other));
  }

  /**
   * The sum of the squares, in a fixed order; NaN and infinity come through. It is for screens: the
   * update clips by a sum whose order does not depend on the number of ranks.
   */
  public static double squaredNorm(MemorySegment gradient) {
    return SquaredNorm.of(row(gradient));
  }

  private static Matrix row(MemorySegment segment) {
    return Matrix.of(segment, 0, 1, Math.toIntExact(segment.byteSize() / Float.BYTES));
  }

  /**
   * Version {@code step} from version {@code step - 1}: AdamW on the mean of the microbatches'
   * gradients, clipped by its norm over all ranks of the pod. A sum with NaN in it makes a state
   * with NaN in it, which is for detectors to find.
   *
   * @param previous read
   * @param next all of it written, gaps included
   * @param gradientSum over all microbatches of the step
   * @param step from 1
   * @param digest whether to digest {@code next} in the same pass
   * @return the digests of next's blocks, or null if not asked for
   * @throws AbandonedException if the links give the step up while the norm is exchanged
   */
  public @Nullable BlockDigests update(
      MemorySegment previous,
      MemorySegment next,
      MemorySegment gradientSum,
      long step,
      boolean digest) {
    checkState(previous);
    checkState(next);
    checkGradient(gradientSum);
    if (step < 1) {
      throw new IndexOutOfBoundsException("steps are counted from 1, not " + step);
    }
    return update.apply(previous, next, gradientSum, step, digest, null);
  }

  /**
   * The same, and digests what it reads as well, while each block is in the cache: whoever knows
   * what {@code previous} was sees here whether it still is.
   *
   * @param found where to put the digests of previous's blocks, as many as it has
   * @throws IllegalArgumentException also if {@code found} has another length
   */
  public BlockDigests update(
      MemorySegment previous,
      MemorySegment next,
      MemorySegment gradientSum,
      long step,
      long[] found) {
    checkState(previous);
    checkState(next);
    checkGradient(gradientSum);
    if (step < 1) {
      throw new IndexOutOfBoundsException("steps are counted from 1, not " + step);
    }
    if (found.length != BlockDigests.count(layout.stateBytes())) {
      throw new IllegalArgumentException(
          "room for %d digests, not for %d"
              .formatted(found.length, BlockDigests.count(layout.stateBytes())));
    }
    return Objects.requireNonNull(update.apply(previous, next, gradientSum, step, true, found));
  }

  private void checkParameters(MemorySegment state) {
    long bytes = layout.regionBytes();
    checkBytes("state", state.byteSize() >= bytes, bytes, state);
  }

  private void checkState(MemorySegment state) {
    checkBytes("state", state.byteSize() == layout.stateBytes(), layout.stateBytes(), state);
  }

  private void checkGradient(MemorySegment gradient) {
    long bytes = layout.regionBytes();
    checkBytes("gradient", gradient.byteSize() == bytes, bytes, gradient);
  }

  private static void checkBytes(String what, boolean right, long wanted, MemorySegment segment) {
    if (!right) {
      throw new IllegalArgumentException(
          what + " has " + segment.byteSize() + " bytes where " + wanted + " are needed");
    }
  }

  /** Frees the workspace. */
  @Override
  public void close() {
    arena.close();
  }
}
