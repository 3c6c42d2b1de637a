package dev.redoubt.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/** Keeps what the cluster's library says off the error stream; {@code logback.xml} names it. */
public final class NotAkka extends Filter<ILoggingEvent> {

  @Override
  public FilterReply decide(ILoggingEvent event) {
    return event.getLoggerName().startsWith("akka.") ? FilterReply.DENY : FilterReply.NEUTRAL;
  }
}
