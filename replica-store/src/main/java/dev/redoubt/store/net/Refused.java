package dev.redoubt.store.net;

/**
 * Something was refused: said once for each cause and peer, counted each time.
 *
 * @param node that refused
 * @param refusal why
 * @param from a peer's name, or the host of a stranger
 * @param detail of the first time
 */
public record Refused(String node, Refusal refusal, String from, String detail) {

  @Override
  public String toString() {
    return "%s refused %s: %s (%s); said once".formatted(node, from, detail, refusal);
  }
}
