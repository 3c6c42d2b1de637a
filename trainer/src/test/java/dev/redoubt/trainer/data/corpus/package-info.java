@NullMarked
package dev.redoubt.trainer.data.corpus;

import org.jspecify.annotations.NullMarked;
