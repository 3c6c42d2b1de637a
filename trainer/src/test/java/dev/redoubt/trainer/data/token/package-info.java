@NullMarked
package dev.redoubt.trainer.data.token;

import org.jspecify.annotations.NullMarked;
