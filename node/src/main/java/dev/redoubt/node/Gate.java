package dev.redoubt.node;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads of a machine stand still while it hangs or pauses, in mode {@code local}: there
 * no operating system can stop it. All of a machine's own threads and its actor pass it before they
 * do anything; what Akka and the fabric do by themselves, such as heartbeats, goes on.
 */
final class Gate {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();
  private boolean closed;
  private volatile boolean off;
  private @Nullable Consumer<String> first;

  /**
   * Closes it.
   *
   * @param standing told once of the first thread that stands still
   */
  void close(Consumer<String> standing) {
    lock.lock();
    try {
      closed = true;
      first = standing;
    } finally {
      lock.unlock();
    }
  }

  /** Power off: nothing that passes here may do anything any more, and nothing waits. */
  void switchOff() {
    off = true;
    open();
  }

  boolean isOff() {
    return off;
  }

  void open() {
    lock.lock();
    try {
      closed = false;
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Goes on at once, or when it is open again; an interrupt is kept for afterwards. */
  void pass() {
    lock.lock();
    try {
      if (closed && first != null) {
        first.accept(Thread.currentThread().getName());
        first = null;
      }
      while (closed) {
        opened.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
