package dev.redoubt.store.net;

import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waits for digests. They are taken as they come, so that no claim of a number costs memory. */
final class Numbers implements Asking.Asker {

  private final CompletableFuture<long[]> answer = new CompletableFuture<>();
  private long[] soFar = new long[0];

  private Numbers() {}

  static long[] ask(Connection connection, Question question, Duration patience)
      throws TransferException {
    String peer = connection.peer().node();
    Numbers asker = new Numbers();
    connection.asking().ask(question, asker);
    try {
      return asker.answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } catch (TimeoutException _) {
      throw new TransferException(Reason.TIMED_OUT, peer + " did not answer within " + patience);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new TransferException(Reason.GONE, "interrupted while waiting for " + peer);
    } finally {
      connection.asking().answered(question.id());
    }
  }

  /** The failure with the asker's own stack. */
  static TransferException failure(@Nullable Throwable cause) {
    if (!(cause instanceof TransferException known)) {
      throw new IllegalStateException("an answer fails in one way only", cause);
    }
    TransferException failure =
        new TransferException(known.reason(), String.valueOf(known.getMessage()));
    failure.initCause(known);
    return failure;
  }

  @Override
  public void digests(long[] more, int left) {
    int had = soFar.length;
    soFar = Arrays.copyOf(soFar, had + more.length);
    System.arraycopy(more, 0, soFar, had, more.length);
    if (left == 0) {
      answer.complete(soFar);
    }
  }

  @Override
  public @Nullable MemorySegment place(int first, int count, int bytes) {
    return null;
  }

  @Override
  public void arrived(int first, int count, MemorySegment bytes) {
    throw new IllegalStateException("blocks have no place here");
  }

  @Override
  public void failed(TransferException why) {
    answer.completeExceptionally(why);
  }

  @Override
  public String toString() {
    return "waits for digests: " + List.of(soFar.length, answer);
  }
}
