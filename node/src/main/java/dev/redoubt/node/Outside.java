package dev.redoubt.node;

import dev.redoubt.core.Verdict;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.store.Fabric;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * What a member has to do with beyond its cluster.
 *
 * @param fabric that moves its tensors
 * @param neighbours told of the other members
 * @param desk where faults are claimed and proved
 * @param strikes the hands that break machines
 * @param listener hears what happens
 * @param incarnations numbers for controllers that begin to act here, never the same twice in a run
 * @param concluded told of the verdict by the controller that acts
 * @param defects told of exceptions that nobody expected
 */
public record Outside(
    Fabric fabric,
    Neighbours neighbours,
    FaultDesk desk,
    Strikes strikes,
    RunListener listener,
    IntSupplier incarnations,
    Consumer<Verdict> concluded,
    Consumer<Throwable> defects) {}
