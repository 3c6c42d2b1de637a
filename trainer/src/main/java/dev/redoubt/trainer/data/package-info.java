/** What is trained on: sources, what is kept of them, and the order in which a run visits it. */
@NullMarked
package dev.redoubt.trainer.data;

import org.jspecify.annotations.NullMarked;
