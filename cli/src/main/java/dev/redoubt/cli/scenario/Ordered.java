package dev.redoubt.cli.scenario;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** Keeps the order of the file, which {@link Map#copyOf} does not. */
final class Ordered {
  private Ordered() {}

  static <V> SequencedMap<String, V> copyOf(Map<String, V> map) {
    return Collections.unmodifiableSequencedMap(new LinkedHashMap<>(map));
  }
}
