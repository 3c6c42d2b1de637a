/** Known-answer tests of every kernel: whether this machine computes what it should. */
@NullMarked
package dev.redoubt.trainer.scan;

import org.jspecify.annotations.NullMarked;
