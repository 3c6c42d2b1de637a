@NullMarked
package dev.redoubt.trainer.data.mixture;

import org.jspecify.annotations.NullMarked;
