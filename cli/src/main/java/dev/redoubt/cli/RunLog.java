package dev.redoubt.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * {@code redoubt.log}: all that any library says while a run goes, the cluster's own words
 * included. The error stream gets none of it, for it belongs to the run's own messages; what
 * crashes on purpose makes much noise.
 */
final class RunLog implements AutoCloseable {

  static final String NAME = "redoubt.log";

  private final Logger root;
  private final Level before;
  private final FileAppender<ILoggingEvent> appender = new FileAppender<>();

  private final List<Appender<ILoggingEvent>> others = new ArrayList<>();

  private RunLog(Path file) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    before = root.getLevel();
    appender.setContext(context);
    appender.setName(file.toString());
    appender.setFile(file.toString());
    appender.setEncoder(encoder(context));
    appender.start();
    root.iteratorForAppenders().forEachRemaining(others::add);
    others.forEach(root::detachAppender);
    root.addAppender(appender);
    root.setLevel(Level.INFO);
  }

  /**
   * The error stream gets all that is said from now on: for a process whose error stream is a log.
   */
  static void toStandardError() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("log");
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context));
    appender.start();
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
    root.setLevel(Level.INFO);
  }

  private static PatternLayoutEncoder encoder(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setPattern(
        "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z',UTC} %-5level [%thread] %logger{36} %msg%n");
    encoder.start();
    return encoder;
  }

  /** Begins to write to the file; {@link #close} ends it. */
  static RunLog open(Path file) {
    return new RunLog(file);
  }

  /** A defect, with all that is known of it. */
  void defect(Throwable failure) {
    LoggerFactory.getLogger(RunLog.class).error("the run ended with a defect", failure);
  }

  @Override
  public void close() {
    root.setLevel(before);
    root.detachAppender(appender);
    others.forEach(root::addAppender);
    appender.stop();
  }
}
