package dev.redoubt.core;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Unmodifiable copies in the order of their keys. {@code Map.copyOf} was rejected: its order
 * changes from one JVM to the next, and with it the order of effects.
 */
final class Sorted {

  private Sorted() {}

  static <K extends Comparable<K>, V> SortedMap<K, V> map(Map<K, V> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }

  static <K extends Comparable<K>, V> SortedMap<K, V> with(Map<K, V> map, K key, V value) {
    TreeMap<K, V> copy = new TreeMap<>(map);
    copy.put(key, value);
    return Collections.unmodifiableSortedMap(copy);
  }

  static <E extends Comparable<E>> SortedSet<E> set(Collection<E> elements) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(elements));
  }

  static <E extends Comparable<E>> SortedSet<E> with(Collection<E> elements, E element) {
    TreeSet<E> copy = new TreeSet<>(elements);
    copy.add(element);
    return Collections.unmodifiableSortedSet(copy);
  }

  static <K extends Comparable<K>, V> SortedMap<K, V> without(Map<K, V> map, K key) {
    TreeMap<K, V> copy = new TreeMap<>(map);
    copy.remove(key);
    return Collections.unmodifiableSortedMap(copy);
  }
}
