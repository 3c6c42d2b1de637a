@NullMarked
package dev.redoubt.redundancy;

import org.jspecify.annotations.NullMarked;
