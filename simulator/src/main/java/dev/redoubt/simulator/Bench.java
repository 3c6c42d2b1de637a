package dev.redoubt.simulator;

import dev.redoubt.fault.FaultLedger;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.Trainer;

/** What a simulated worker works with; only the store is its own. */
record Bench(Trainer trainer, VersionStore store, GradientPool pool, FaultLedger ledger) {}
