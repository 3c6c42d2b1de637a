/**
 * Arithmetic on native memory: each kernel has one definition of its bits, written twice, as a
 * plain loop and as a vector loop, and a test that holds the two together.
 *
 * <p>What makes the bits: an element of a product accumulates over the contraction in index order
 * with fused multiply-add; vector lanes run across outputs only; a reduction to a scalar has 16
 * logical lanes that are summed in index order. So neither the vector width nor the compiler shows.
 */
@NullMarked
package dev.redoubt.trainer.kernel;

import org.jspecify.annotations.NullMarked;
