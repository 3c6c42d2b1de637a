package dev.redoubt.fault;

/**
 * One thing that is to go wrong, once in a run.
 *
 * <p>A new kind is a new record here, an entry in {@link FaultCatalogue}, and a case in {@link
 * Injector}, where the compiler asks for it.
 */
public sealed interface Fault
    permits Crash, Hang, Pause, Slow, Partition, NetworkFault, DataFault, Drain {

  /** The name under which the scenario, the journal and the report speak of it. */
  String id();

  /** When it strikes. */
  When when();

  /** Whom it strikes. */
  Victim target();

  /** The name of its kind in scenario files. */
  String kind();
}
