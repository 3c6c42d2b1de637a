package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.kernel.Elementwise;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.SquaredNorm;
import dev.redoubt.trainer.program.AbandonedException;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.BucketListener;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
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

  private final ModelConfig model;
  private final TrainConfig train;
  private final Dataset data;
  private final ParameterLayout layout;
  private final Update update;
  private final Arena arena = Arena.ofShared();
  private final Decoder decoder;
  private final Sample sample;
  private final int[] tokens;
  private final int[] targets;

  /**
   * Takes the workspace.
   *
   * @throws IllegalArgumentException if the model and the training do not fit together
   */
  public Trainer(ModelConfig model, TrainConfig train, Dataset data) {
    this(model, train, data, Shard.WHOLE, Links.NONE);
  }

  /**
   * Takes the workspace of one rank of a pod.
   *
   * @param links to the other ranks of the pod
   * @throws IllegalArgumentException if the model and the training do not fit together
   */
  public Trainer(ModelConfig model, TrainConfig train, Dataset data, Shard shard, Links links) {
    check(model, train);
    if (!shard.isWhole()) {
      throw new IllegalArgumentException("not partitioned yet: " + shard + " over " + links);
    }
    this.model = model;
    this.train = train;
    this.data = data;
    layout = ParameterLayout.of(model, shard);
    update = new Update(train, layout, links, arena);
    sample = Sample.ofText(train.sequenceLength());
    tokens = new int[train.tokens()];
    targets = new int[train.tokens()];
    decoder = new Decoder(new Workspace(model, train.batchSize(), train.sequenceLength(), arena));
  }

  private static void check(ModelConfig model, TrainConfig train) {
    if (model.vocabulary() < Dataset.VOCABULARY) {
      throw new IllegalArgumentException(
          "the data are bytes: vocabulary must be at least %d, but that of '%s' is %d"
              .formatted(Dataset.VOCABULARY, model.name(), model.vocabulary()));
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
    checkBytes("state", state.byteSize() >= layout.regionBytes(), layout.regionBytes(), state);
    checkGradient(gradient);
    load(step, microbatch);
    clearGaps(gradient);
    Weights weights = Weights.over(layout, model.layers(), state);
    Weights gradients = Weights.over(layout, model.layers(), gradient);
    double loss = decoder.gradient(weights, gradients, tokens, targets);
    buckets().forEach(listener::ready);
    return loss;
  }

  /** The parts of the gradient in the order in which they become ready; together all of it. */
  public List<Bucket> buckets() {
    return List.of(new Bucket(0, 0, layout.regionBytes()));
  }

  private void load(long step, int microbatch) {
    int length = train.sequenceLength();
    for (int row = 0; row < train.batchSize(); row++) {
      data.sample(data.indexOf(step, microbatch, row), sample);
      System.arraycopy(sample.tokens(), 0, tokens, row * length, length);
      System.arraycopy(sample.targets(), 0, targets, row * length, length);
    }
  }

  private void clearGaps(MemorySegment gradient) {
    List<TensorSpec> tensors = layout.tensors();
    for (int i = 0; i < tensors.size(); i++) {
      long from = tensors.get(i).offset() + tensors.get(i).size();
      long to = i + 1 < tensors.size() ? tensors.get(i + 1).offset() : layout.regionFloats();
      gradient.asSlice(from * Float.BYTES, (to - from) * Float.BYTES).fill((byte) 0);
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
    return update.apply(previous, next, gradientSum, step, digest);
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
