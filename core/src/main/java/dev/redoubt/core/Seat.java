package dev.redoubt.core;

/** Who holds a rank. */
public record Seat(Rank rank, WorkerId worker) {}
