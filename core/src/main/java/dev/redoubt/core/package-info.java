/**
 * The step protocol as pure state machines: {@code (state, event) -> (state, effects)}.
 *
 * <p>Two machines: {@link dev.redoubt.core.Controller} plans, compares, blames and re-plans; {@link
 * dev.redoubt.core.Worker} prepares, computes, reduces, updates and attests. No clock, thread,
 * random number or I/O: time is an argument, and whatever touches the world is an effect that a
 * shell carries out.
 */
@NullMarked
package dev.redoubt.core;

import org.jspecify.annotations.NullMarked;
