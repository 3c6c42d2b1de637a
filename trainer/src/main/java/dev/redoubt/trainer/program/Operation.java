package dev.redoubt.trainer.program;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A named operation of the graph: forward, backward, or an exchange between the ranks of a pod.
 *
 * <p>Operations are pure: none changes its inputs. One with a {@code base} continues a sum, {@code
 * out = base + ...}, in one chain of roundings; that the memory is the same is the business of
 * {@link Lowering}. A new kind of operation does not compile until its gradient, its sharding and
 * its kernel are told.
 */
sealed interface Operation {

  /** Unique in the program. */
  String name();

  /** What it reads. */
  List<Tensor> inputs();

  /** What it makes. */
  List<Tensor> outputs();

  /** Which factor of a product is transposed. */
  enum Form {
    /** {@code a b}. */
    NN,
    /** {@code a b'}. */
    NT,
    /** {@code a' b}. */
    TN
  }

  /** Rows of a table by the tokens; a row without a token is zero. */
  record Embed(String name, Tensor table, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(table);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** Sums the rows of each token, in row order. */
  record EmbedGradient(String name, Tensor dOut, Tensor dTable) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dTable);
    }
  }

  /** {@code out = base + left right}, with one factor transposed or none. */
  record Product(
      String name, Form form, Tensor left, Tensor right, @Nullable Tensor base, Tensor out)
      implements Operation {
    @Override
    public List<Tensor> inputs() {
      return present(left, right, base);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** Root-mean-square normalisation of rows; {@code inverse} is each row's factor. */
  record Norm(String name, Tensor x, Tensor gain, Tensor y, Tensor inverse) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x, gain);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(y, inverse);
    }
  }

  /** {@code dx = base + ...}, and the gain's gradient. */
  record NormGradient(
      String name,
      Tensor x,
      Tensor gain,
      Tensor inverse,
      Tensor dy,
      @Nullable Tensor base,
      Tensor dx,
      Tensor dGain)
      implements Operation {
    @Override
    public List<Tensor> inputs() {
      return present(x, gain, inverse, dy, base);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dx, dGain);
    }
  }

  /** Turns every head by its position, or back. */
  record Rotate(String name, Tensor x, boolean back, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /**
   * Each head's row times each earlier position's row: {@code out[t, h, s] = rows[t, h] keys[s]}.
   */
  record Scores(String name, Tensor rows, Tensor keys, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(rows, keys);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** Causal softmax of scores divided by the root of the head's size. */
  record Shares(String name, Tensor scores, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(scores);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** From shares and their gradient that of the scores. */
  record SharesGradient(String name, Tensor shares, Tensor dShares, Tensor out)
      implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(shares, dShares);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** {@code out[t, h] = sum over s of shares[t, h, s] values[s]}. */
  record Mix(String name, Tensor shares, Tensor values, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(shares, values);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** {@code out[s] = base[s] + sum over h, t of shares[t, h, s] rows[t, h]}. */
  record Spread(String name, Tensor shares, Tensor rows, @Nullable Tensor base, Tensor out)
      implements Operation {
    @Override
    public List<Tensor> inputs() {
      return present(shares, rows, base);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** {@code out = silu(gate) * up}. */
  record Gated(String name, Tensor gate, Tensor up, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(gate, up);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** The gradients of both factors. */
  record GatedGradient(String name, Tensor gate, Tensor up, Tensor dOut, Tensor dGate, Tensor dUp)
      implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(gate, up, dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dGate, dUp);
    }
  }

  /** {@code out = base + other}. */
  record Add(String name, Tensor base, Tensor other, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(base, other);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** {@code out = x}. */
  record Copy(String name, Tensor x, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** One row of all, chosen when the program runs. */
  record PickRow(String name, Tensor x, Tensor out) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /** The mean loss over the rows that have a target, and at once its gradient. */
  record CrossEntropyLoss(String name, Tensor logits, Tensor dLogits) implements Operation {
    @Override
    public List<Tensor> inputs() {
      return List.of(logits);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dLogits);
    }
  }

  /** An exchange between ranks, inserted by {@link Partition}; with one rank it sends nothing. */
  sealed interface Exchange extends Operation {

    /** What is exchanged. */
    Tensor x();

    /** The same value, sharded otherwise. */
    Tensor out();

    @Override
    default List<Tensor> outputs() {
      return List.of(out());
    }
  }

  /** {@code out = base + the sum of all slices}, whole on every rank. */
  record AllReduce(String name, Tensor x, @Nullable Tensor base, Tensor out) implements Exchange {
    @Override
    public List<Tensor> inputs() {
      return present(x, base);
    }
  }

  /** The sum of all slices, of which each rank gets its columns. */
  record ReduceScatter(String name, Tensor x, Tensor out) implements Exchange {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }
  }

  /** All columns on every rank. */
  record AllGather(String name, Tensor x, Tensor out) implements Exchange {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }
  }

  /** A rank's own columns of what it has whole: nothing is sent or copied. */
  record OwnColumns(String name, Tensor x, Tensor out) implements Exchange {
    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }
  }

  private static List<Tensor> present(@Nullable Tensor... tensors) {
    return Stream.of(tensors)
        .<Tensor>mapMulti(
            (each, sink) -> {
              if (each != null) {
                sink.accept(each);
              }
            })
        .toList();
  }
}
