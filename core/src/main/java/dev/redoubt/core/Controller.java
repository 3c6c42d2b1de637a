package dev.redoubt.core;

import java.util.List;

/**
 * The single controller of a run: plans each step, compares the attestations, blames, repairs,
 * evicts and re-plans. This is its door: it lets in what belongs to the present epoch, and leads it
 * to the room that deals with it.
 *
 * <p>There is one way back, whatever broke: a new epoch, in which everybody reads the last verified
 * version again, whoever lacks it or holds it corrupt fetches it from somebody who does not, and
 * the step is done again. Finer ways (redoing only the part of the worker that was lost) were
 * rejected: a step is short, and one way that is always taken is one that is always tested. The
 * limit: the healthy workers' part of an interrupted step is computed twice.
 */
public final class Controller {

  /** The state after an event, and what has to be done, in order. */
  public record Step(ControllerState state, List<ControllerEffect> effects) {
    public Step {
      effects = List.copyOf(effects);
    }
  }

  private Controller() {}

  /**
   * One transition.
   *
   * @param nowMillis the shell's monotonic clock
   */
  public static Step step(ControllerState state, ControllerEvent event, long nowMillis) {
    Turn turn = new Turn(state, nowMillis);
    if (!state.concluded() && !state.deposed()) {
      on(turn, event);
    }
    return new Step(turn.state(), turn.effects());
  }

  private static void on(Turn turn, ControllerEvent event) {
    switch (event) {
      case ControllerEvent.Received received -> received(turn, received.message());
      case ControllerEvent.Unreachable gone ->
          Membership.linkBroken(turn, ControllerState.MEMBERSHIP, gone.worker());
      case ControllerEvent.Down down -> Membership.down(turn, down.worker());
      case ControllerEvent.Drain drain -> Membership.drain(turn, drain.rank());
      case ControllerEvent.Tick ignored -> Deadlines.tick(turn);
    }
  }

  private static void received(Turn turn, Message.ToController message) {
    if (message instanceof Message.Scanned scanned) {
      Scanning.scanned(turn, scanned);
    } else if (turn.phase instanceof Phase.Claiming claiming) {
      Succession.claiming(turn, claiming, message);
    } else if (message instanceof Message.Outdated outdated) {
      Succession.outdated(turn, outdated);
    } else if (message instanceof Message.Report report) {
      Succession.reported(turn, report);
    } else if (message instanceof Message.Remembered remembered) {
      Succession.remembered(turn, remembered);
    } else if (message instanceof Message.Join join) {
      Membership.join(turn, join);
    } else if (turn.roster.contains(message.worker())) {
      fromMember(turn, message);
    } else {
      turn.refuse(message, message.worker() + " does not belong to the run");
      // What nobody asked for may have overtaken the hello of somebody who belongs to it soon.
      if (message instanceof Message.Answer || turn.roster.lost().contains(message.worker())) {
        Membership.dismiss(turn, message.worker(), "not a member of epoch " + turn.epoch);
      }
    }
  }

  private static void fromMember(Turn turn, Message.ToController message) {
    // Fencing: what was said in another epoch is not an answer to anything of this one.
    if (message instanceof Message.Answer answer && answer.epoch() != turn.epoch) {
      turn.refuse(message, "epoch " + answer.epoch() + " is over, this is epoch " + turn.epoch);
      return;
    }
    if (message instanceof Message.Answer && turn.roster.seats().containsValue(message.worker())) {
      turn.heard = Sorted.with(turn.heard, message.worker());
    }
    switch (message) {
      case Message.Report report -> Succession.reported(turn, report);
      case Message.Remembered remembered -> Succession.remembered(turn, remembered);
      case Message.Outdated outdated -> Succession.outdated(turn, outdated);
      case Message.Join join -> Membership.join(turn, join);
      case Message.Scanned scanned -> Scanning.scanned(turn, scanned);
      case Message.LinkBroken link -> Membership.linkBroken(turn, link.worker(), link.peer());
      case Message.Ready ready -> Preparing.ready(turn, ready);
      case Message.NotReady not -> Preparing.notReady(turn, not);
      case Message.Pulled pulled -> Mending.pulled(turn, pulled);
      case Message.PullFailed failed -> Mending.pullFailed(turn, failed);
      case Message.Attested attested -> Stepping.attested(turn, attested);
      case Message.FrameRefused frame -> Stepping.frameRefused(turn, frame);
      case Message.Summed summed -> Speculating.summed(turn, summed);
      case Message.Audited audited when audited.standIn() -> Speculating.said(turn, audited);
      case Message.Audited audited -> Auditing.audited(turn, audited);
      case Message.Traced traced -> Diagnosing.traced(turn, traced);
      case Message.OnDisk kept -> LastResort.kept(turn, kept);
      case Message.Replayed replayed -> Judging.replayed(turn, replayed);
      case Message.Final last -> Finishing.finalRead(turn, last);
    }
  }
}
