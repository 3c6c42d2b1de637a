package dev.redoubt.node.process;

/**
 * A member that was started.
 *
 * @param process whose streams are its pipes to the supervisor, and that ends when it does
 * @param hardware the machine that it runs on
 */
public record Launched(Process process, Hardware hardware) {}
