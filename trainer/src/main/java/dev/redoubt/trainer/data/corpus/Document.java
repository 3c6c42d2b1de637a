package dev.redoubt.trainer.data.corpus;

/**
 * A text that was read.
 *
 * @param source name of its source
 * @param name its path within the source, with slashes
 * @param text well-formed Unicode, line feeds between lines
 */
public record Document(String source, String name, Kind kind, String language, String text) {}
