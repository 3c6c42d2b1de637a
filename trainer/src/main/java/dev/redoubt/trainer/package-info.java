@NullMarked
package dev.redoubt.trainer;

import org.jspecify.annotations.NullMarked;
