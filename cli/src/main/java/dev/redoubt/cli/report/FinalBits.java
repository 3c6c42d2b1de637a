package dev.redoubt.cli.report;

import dev.redoubt.cli.report.RunOutcome.Ending;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The final digests against the golden one.
 *
 * @param known whether they can be compared at all
 * @param golden whether all pods ended on the golden bits
 * @param pod the first pod that did not; null if there is none
 * @param shown the digest to show for the run; null if there is none
 */
record FinalBits(boolean known, boolean golden, @Nullable String pod, @Nullable String shown) {

  static FinalBits of(RunOutcome outcome) {
    String wanted = outcome.goldenDigest();
    Map.Entry<String, String> first = outcome.finalDigests().firstEntry();
    if (wanted == null || first == null || outcome.ending() != Ending.COMPLETED) {
      return new FinalBits(false, false, null, first == null ? null : first.getValue());
    }
    Optional<Map.Entry<String, String>> wrong =
        outcome.finalDigests().entrySet().stream()
            .filter(entry -> !entry.getValue().equals(wanted))
            .findFirst();
    return wrong
        .map(entry -> new FinalBits(true, false, entry.getKey(), entry.getValue()))
        .orElseGet(() -> new FinalBits(true, true, null, wanted));
  }
}
