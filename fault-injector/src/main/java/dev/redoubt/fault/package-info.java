/** Faults as data, where and when they strike, and the proof that they struck. */
@NullMarked
package dev.redoubt.fault;

import org.jspecify.annotations.NullMarked;
