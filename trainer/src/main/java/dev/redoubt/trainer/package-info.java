/**
 * The workload: a small decoder-only transformer, its gradients, its optimizer and its data.
 *
 * <p>The state after step n is a pure function of (seed, model, data, n), bit for bit.
 */
@NullMarked
package dev.redoubt.trainer;

import org.jspecify.annotations.NullMarked;
