package dev.redoubt.trainer.data;

/**
 * Where a token came from, or what stands in its place: a patch of a picture, a frame of sound.
 *
 * @param source the name of the data source
 * @param document its path within the source; empty if the source is one file or one text
 * @param position in the document, from 0: of the token's first byte, or in a mixture of the token
 *     among the document's tokens; -1 if it is no text
 * @param segment the file that the document names at this place; empty if it is text
 * @param place in words: bytes, a patch, a time, a frame; empty if the position says it all
 */
public record TokenOrigin(
    String source, String document, long position, String segment, String place) {

  /** Stands for the position of what is no text. */
  public static final long NO_TEXT = -1;

  /** Of a token of text. */
  public TokenOrigin(String source, String document, long position) {
    this(source, document, position, "", "");
  }
}
