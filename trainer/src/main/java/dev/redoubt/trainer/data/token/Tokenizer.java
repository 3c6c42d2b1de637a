package dev.redoubt.trainer.data.token;

/**
 * Cuts text into tokens. {@code decode(encode(text))} is the text again, whatever is in it. May be
 * shared by threads.
 */
public interface Tokenizer {

  /** One more than the largest token; a multiple of 4, so that a mesh can split the vocabulary. */
  int vocabulary();

  /** The tokens of a text. */
  int[] encode(String text);

  /** The text of tokens; bytes that are no UTF-8 become U+FFFD. */
  String decode(int[] tokens);

  /** What it is, so that two that cut alike are called alike: part of the digest of the data. */
  String id();
}
