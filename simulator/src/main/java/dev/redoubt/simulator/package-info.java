/** The step protocol with real training on one thread, in virtual time, and campaigns of faults. */
@NullMarked
package dev.redoubt.simulator;

import org.jspecify.annotations.NullMarked;
