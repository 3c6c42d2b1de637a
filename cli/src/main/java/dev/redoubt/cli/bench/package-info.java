/** Measures the machine and the kernels: each figure beside another one, taken in the same run. */
@NullMarked
package dev.redoubt.cli.bench;

import org.jspecify.annotations.NullMarked;
