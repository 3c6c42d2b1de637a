/**
 * The training step as a program: a static list of named operations over planned buffers, compiled
 * once for each rank of a pod.
 */
@NullMarked
package dev.redoubt.trainer.program;

import org.jspecify.annotations.NullMarked;
