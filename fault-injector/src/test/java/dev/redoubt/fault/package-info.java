@NullMarked
package dev.redoubt.fault;

import org.jspecify.annotations.NullMarked;
