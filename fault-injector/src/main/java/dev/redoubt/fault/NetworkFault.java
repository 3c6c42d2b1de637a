package dev.redoubt.fault;

/**
 * Something goes wrong on the way between a machine and the others; the machines are sound. It is
 * made at the machine's end of the wire, so it needs no rights and no hook of an operating system.
 *
 * @param id of the fault in its plan
 * @param when it begins
 * @param target whose end of the wire it is; it does not move with the rank
 * @param trouble what goes wrong
 */
public record NetworkFault(String id, When when, Target target, Trouble trouble) implements Fault {

  @Override
  public String kind() {
    return trouble.kind();
  }
}
