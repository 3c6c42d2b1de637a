@NullMarked
package dev.redoubt.store;

import org.jspecify.annotations.NullMarked;
