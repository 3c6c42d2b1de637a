/** Sources mixed by weights that change as the training goes on. */
@NullMarked
package dev.redoubt.trainer.data.mixture;

import org.jspecify.annotations.NullMarked;
