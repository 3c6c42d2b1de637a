/**
 * Diagnosis by bisection: two computations of one microbatch are held against each other, operation
 * by operation, and the first output that differs is named down to the element and the bit.
 */
@NullMarked
package dev.redoubt.trainer.replay;

import org.jspecify.annotations.NullMarked;
