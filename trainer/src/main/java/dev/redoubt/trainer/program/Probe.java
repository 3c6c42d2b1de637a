package dev.redoubt.trainer.program;

/**
 * Sees each instruction of a program as it runs, and may look at its outputs, check or change them:
 * fault injection, checksums and bisection hang on it. It is called by the thread that computes.
 */
public interface Probe {

  /**
   * Before an instruction, while what it overwrites or continues still stands.
   *
   * @param step of the run, from 1
   * @param microbatch from 0; negative when nothing is trained
   */
  default void before(long step, int microbatch, Instruction instruction) {}

  /** After an instruction, before its result is checked, if it is: as if it had computed that. */
  default void computed(long step, int microbatch, Instruction instruction) {}

  /** After an instruction and its check, before anything reads what it wrote. */
  void after(long step, int microbatch, Instruction instruction);

  /** This probe, and then another one, which sees what this one has left. */
  default Probe then(Probe next) {
    Probe first = this;
    return new Probe() {
      @Override
      public void before(long step, int microbatch, Instruction instruction) {
        first.before(step, microbatch, instruction);
        next.before(step, microbatch, instruction);
      }

      @Override
      public void computed(long step, int microbatch, Instruction instruction) {
        first.computed(step, microbatch, instruction);
        next.computed(step, microbatch, instruction);
      }

      @Override
      public void after(long step, int microbatch, Instruction instruction) {
        first.after(step, microbatch, instruction);
        next.after(step, microbatch, instruction);
      }
    };
  }
}
