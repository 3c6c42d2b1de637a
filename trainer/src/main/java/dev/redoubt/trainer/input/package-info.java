/**
 * Interleaved inputs: documents of text, pictures, sound and video, the rows that a model reads of
 * them, and where each row came from.
 *
 * <p>A picture becomes patches, a sound at 16 kHz becomes frames, a video becomes the patches of
 * its frames; each is one row, as a token is. Decoding is in integers and doubles with fixed
 * operations, so the rows have the same bits on every machine.
 */
@NullMarked
package dev.redoubt.trainer.input;

import org.jspecify.annotations.NullMarked;
