package dev.redoubt.cli.live;

import org.jspecify.annotations.Nullable;

/**
 * A fault, as the page shows it.
 *
 * @param asked whether it was asked for by hand
 * @param step in which it struck, or before which it does not
 * @param node that it struck; null as long as it did not
 * @param evidence that it struck, or nothing
 * @param found what found it and how soon; null as long as nothing did
 */
public record FaultLine(
    String id,
    String kind,
    String target,
    boolean asked,
    long step,
    @Nullable String node,
    String evidence,
    @Nullable String found) {}
