package dev.redoubt.trainer.input;

/** Where in its segment a row lies. */
public sealed interface Place {

  /**
   * In a text.
   *
   * @param fromByte in the document, in bytes of UTF-8
   * @param toByte behind the last
   */
  record InText(long fromByte, long toByte) implements Place {}

  /**
   * In a picture.
   *
   * @param x patch from the left, from 0
   * @param y patch from the top, from 0
   */
  record InPicture(int x, int y) implements Place {}

  /**
   * In a video.
   *
   * @param frame from 0, whatever number its file has
   * @param seconds from the beginning
   * @param x patch from the left, from 0
   * @param y patch from the top, from 0
   */
  record InVideo(int frame, double seconds, int x, int y) implements Place {}

  /**
   * In a sound.
   *
   * @param fromSeconds from the beginning
   * @param toSeconds behind the last sample; padding does not count
   */
  record InSound(double fromSeconds, double toSeconds) implements Place {}
}
