/**
 * The data stage: from sources to the documents that are worth training on. Every document that is
 * read is accounted for: it is kept, or one filter removed it and says why.
 */
@NullMarked
package dev.redoubt.trainer.data.corpus;

import org.jspecify.annotations.NullMarked;
