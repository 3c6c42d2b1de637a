@NullMarked
package dev.redoubt.core;

import org.jspecify.annotations.NullMarked;
