@NullMarked
package dev.redoubt.digest;

import org.jspecify.annotations.NullMarked;
