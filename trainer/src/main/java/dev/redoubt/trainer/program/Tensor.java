package dev.redoubt.trainer.program;

/**
 * A value of the graph: a matrix that one operation makes and others read, in its whole size,
 * whatever part of it a rank has.
 *
 * @param id its place in the graph
 * @param name stable, such as {@code blocks.0.ffn.up}; a parameter has the name of its weight, and
 *     every other value that of the operation which makes it
 * @param role where it lives
 * @param rows mostly tokens: sequence by sequence
 * @param columns of a streamed value heads * keys
 * @param split the annotation of a parameter and of its gradient; NONE for every other value, whose
 *     sharding is found by propagation
 */
public record Tensor(int id, String name, Role role, int rows, int columns, Split split) {

  /** Where a value lives. */
  public enum Role {
    /** In the model state: read only. */
    PARAMETER,
    /** In the gradient: the contributions to one parameter's gradient all have this role. */
    GRADIENT,
    /** Filled before the step: patches and frames. */
    INPUT,
    /** In the workspace. */
    ACTIVATION,
    /**
     * In the workspace, one tile at a time, never whole: scores and shares of attention, which are
     * quadratic in the context.
     */
    STREAMED
  }

  boolean is(Role wanted) {
    return role == wanted;
  }

  @Override
  public String toString() {
    return name + " (" + rows + " x " + columns + ")";
  }
}
