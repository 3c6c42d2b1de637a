package dev.redoubt.trainer.input;

/** One channel of sound at {@value #RATE} samples a second, full scale from -1 to 1. Immutable. */
public final class Sound {

  /** Samples a second. */
  public static final int RATE = 16_000;

  private final float[] samples;

  private Sound(float[] samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("a sound has at least one sample");
    }
    this.samples = samples;
  }

  /** A sound of these samples, which are copied. */
  public static Sound of(float[] samples) {
    return new Sound(samples.clone());
  }

  /** Takes the array; the caller must not write to it again. */
  static Sound owning(float[] samples) {
    return new Sound(samples);
  }

  /** How many samples. */
  public int length() {
    return samples.length;
  }

  /** One sample. */
  public float at(int index) {
    return samples[index];
  }

  /** Its length in time. */
  public double seconds() {
    return (double) samples.length / RATE;
  }

  /** The array itself, to be read only. */
  float[] samples() {
    return samples;
  }

  @Override
  public String toString() {
    return "sound of " + samples.length + " samples";
  }
}
