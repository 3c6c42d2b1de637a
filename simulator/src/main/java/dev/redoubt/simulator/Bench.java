package dev.redoubt.simulator;

import dev.redoubt.fault.FaultLedger;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.ProductAlarm;
import java.util.List;

/**
 * What a simulated worker works with; only the store is its own.
 *
 * @param wrongProducts that the trainer's checks have found since it was cleared
 */
record Bench(
    Trainer trainer,
    VersionStore store,
    GradientPool pool,
    FaultLedger ledger,
    List<ProductAlarm> wrongProducts) {}
