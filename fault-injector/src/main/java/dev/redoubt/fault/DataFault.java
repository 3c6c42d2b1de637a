package dev.redoubt.fault;

/** A fault that changes data and leaves the machine standing. It may strike again and again. */
public sealed interface DataFault extends Fault permits MemoryFault, DefectiveCore {

  /** How long it lasts, and how often it strikes then. */
  Recurrence recurrence();
}
