package dev.redoubt.fault;

/** Whom a fault strikes: a place in the run, whichever machine holds it when the time comes. */
public sealed interface Victim permits Target, Spare, TheController {}
