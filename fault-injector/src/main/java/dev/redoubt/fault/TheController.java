package dev.redoubt.fault;

/** The controller that acts when the time comes. */
public record TheController() implements Victim {

  @Override
  public String toString() {
    return "controller";
  }
}
