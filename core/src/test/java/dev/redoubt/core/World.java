package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Controller and workers on a network that loses, delays, repeats and reorders, on machines that
 * crash and whose memory rots: one thread, one seed. A version is a 64-bit number that depends on
 * everything that went into it, so that the golden one can be computed beside it.
 */
final class World {

  /** How often each thing happened, so that a test can see that it did. */
  enum Happened {
    CRASH,
    ROT,
    FAINT_ROT,
    SAME_ROT_IN_SEVERAL,
    ROT_AT_THE_END,
    WRONG_UPDATE,
    WRONG_NORM,
    WRONG_AGAIN_AND_AGAIN,
    WRONG_GRADIENT,
    ESCAPED_UNAUDITED,
    DIAGNOSED_TRANSIENT,
    DIAGNOSED_PERSISTENT,
    DIAGNOSED_UNDECIDABLE,
    AUDITED,
    UNAUDITED,
    AUDIT_BLAMED_THE_OWNER,
    AUDIT_BLAMED_THE_AUDITOR,
    AUDIT_LEFT_OPEN,
    AUDITOR_CRASHED,
    AUDITOR_HUNG,
    AUDITOR_LIED,
    RANK_AUDITED,
    CONTROLLER_CHANGED_IN_AN_AUDIT,
    AHEAD_OF_THE_AUDITS,
    VERIFIED_LATER,
    BACK_BECAUSE_OF_A_LATE_AUDIT,
    WAITED_FOR_LATE_AUDITS,
    COPIES_DIFFERED_AHEAD_OF_THE_AUDITS,
    LOST_AHEAD_OF_THE_AUDITS,
    CONTROLLER_CHANGED_AHEAD_OF_THE_AUDITS,
    CRAWLED,
    HUNG,
    HUNG_AND_BACK,
    LATE,
    STOOD_IN,
    STOOD_IN_AND_SAME,
    STOOD_IN_AND_DIFFERENT,
    STOOD_IN_IN_VAIN,
    RELIEVED,
    GAVE_UP_ITS_OWN,
    STAND_IN_LIED,
    ESCAPED_WITH_A_STAND_IN,
    BACK_BECAUSE_OF_A_STAND_IN,
    LATE_TOO_OFTEN,
    LATE_TOO_OFTEN_IN_ONE_STEP,
    GUARDED,
    UNGUARDED_FOR_A_WHILE,
    GUEST_NOT_PULLED,
    GUEST_ROT,
    GUEST_ROT_BLAMED,
    RESTORED_FROM_A_GUEST,
    BACK_TO_A_GUEST,
    EVICTED_WITH_A_GUEST_LEFT,
    LOST_WITH_ITS_GUESTS,
    SUM_MADE,
    SUM_ROT,
    SUM_ROT_BLAMED,
    WRONG_SUM,
    RESTORED_FROM_SUMS,
    REFUSED_FROM_SUMS,
    BACK_TO_SUMS,
    EVICTED_WITH_SUMS_LEFT,
    LOST_WITH_A_SECOND,
    SCREEN_ALARM,
    WRONG_PRODUCT,
    WRONG_PRODUCT_AGAIN_AND_AGAIN,
    ABFT_BLAMED,
    ABFT_BLAMED_TOO_OFTEN,
    SCANNED,
    SICK_AT_THE_START,
    SICK_SPARE,
    SICK_RANK,
    SICK_AND_BACK,
    SCAN_TOOK_A_SPARE_OFF,
    SCAN_EVICTED,
    TOO_FEW_ARE_FIT,
    DONOR_CRASHED_IN_A_PULL,
    ARBITER_CRASHED,
    ABANDONED_IN_A_COLLECTIVE,
    ANOTHER_SHARD,
    PODS_OF_TWO,
    PODS_OF_FOUR,
    CORRUPT_TRANSFER,
    FALSE_SUSPICION,
    LOST_MESSAGE,
    REPEATED_MESSAGE,
    CORRUPT_FRAME,
    REFUSED_BY_WORKER,
    REFUSED_BY_CONTROLLER,
    BLAMED,
    RESTORED,
    EVICTED,
    PERSISTENT_EVICTED,
    REPLACED,
    DISSOLVED,
    ROLLED_BACK,
    FILE_WRITTEN,
    FILE_CONFIRMED,
    FILE_ROTTED,
    FILE_READ,
    FILE_REFUSED,
    BACK_TO_THE_DISK,
    BACK_TO_THE_BEGINNING,
    HEALED_BY_THE_BASELINE,
    CONTROLLER_CHANGED_WITH_FILES,
    REPLAYED,
    RETURNED,
    DRAINED,
    GROWN,
    CONTROLLER_CRASH,
    CONTROLLER_PAUSED_AND_BACK,
    CONTROLLER_DEPOSED,
    CONTROLLER_CHANGED,
    STEP_INHERITED,
    PARTITION,
    HEALED,
    WAITED,
    COMPLETED,
    LOST,
    UNDECIDED
  }

  private sealed interface Packet {
    record ToController(Message.ToController message, int boss) implements Packet {}

    record ToWorker(WorkerId worker, Message.ToWorker message, int boss) implements Packet {}

    record Frame(WorkerId from, WorkerId to, long epoch, long step, Span span, long sum)
        implements Packet {}

    /** What a rank tells a mate of its pod in a collective. */
    record Piece(WorkerId to, Exchange exchange, WorkerId from, long content) implements Packet {}

    record Membership(ControllerEvent event) implements Packet {}

    /** What a machine's disk thread has copied and not written yet. */
    record Write(WorkerId from, File file, long content) implements Packet {}
  }

  /** A partial sum. */
  record Key(long epoch, long step, Span span) {}

  /**
   * A collective of a pod: for the gradients of {@code span}, or, where that is null, for the norm
   * before the update.
   */
  record Exchange(long epoch, long step, @Nullable Span span) {}

  /** A version of a shard on disk; whoever writes it last is read. */
  private record File(long version, int shard) {}

  /** Who said what in a collective. */
  private record Said(Exchange exchange, WorkerId from) {}

  /** A controller: its state, and whether its machine lives and runs. */
  private static final class Boss {
    final int number;
    ControllerState state;
    boolean alive = true;
    boolean paused;
    final Tardiness tardiness = new Tardiness();

    Boss(int number, ControllerState state) {
      this.number = number;
      this.state = state;
    }
  }

  /** A machine: the pure worker, its memory, and the queue of its compute thread. */
  private final class Machine {
    final WorkerId id;
    WorkerState state;
    boolean alive = true;
    boolean crawls;
    boolean hangs;
    boolean wrongUpdate;
    boolean wrongNorm;
    boolean alwaysWrong;
    boolean defective;
    boolean sick;
    boolean joined;
    int shard;
    long abandonedFor = -1;
    long pinned = Long.MAX_VALUE;
    final NavigableMap<Long, Long> memory = new TreeMap<>();
    final Map<Long, Long> sealed = new HashMap<>();
    final Set<Long> faint = new HashSet<>();
    final Map<Key, Long> partials = new HashMap<>();
    final Map<Said, Long> pieces = new HashMap<>();
    final Map<Exchange, Long> spoken = new HashMap<>();
    final GuestMemory guests = new GuestMemory(config.keepVersions());
    final Deque<WorkerEffect.PullGuest> copying = new ArrayDeque<>();
    final Deque<WorkerEffect> doings = new ArrayDeque<>();
    final Deque<WorkerEvent> mailbox = new ArrayDeque<>();

    Machine(WorkerId id) {
      this.id = id;
      this.state = WorkerState.start(id, config);
    }

    void on(WorkerEvent event) {
      long before = state.epoch();
      Worker.Step step = Worker.step(state, event);
      state = step.state();
      invariants.workerEpoch(id, before, state.epoch());
      step.effects().forEach(this::perform);
    }

    private void perform(WorkerEffect effect) {
      invariants.workerEffect(id, state, effect);
      switch (effect) {
        case WorkerEffect.Tell tell -> send(new Packet.ToController(tell.message(), listener()));
        case WorkerEffect.Abandon abandon -> abandon(abandon);
        case WorkerEffect.Publish publish ->
            publish(new Key(publish.epoch(), publish.step(), publish.span()), publish);
        case WorkerEffect.Compute compute ->
            compute
                .spans()
                .forEach(
                    span ->
                        doings.add(
                            new WorkerEffect.Compute(
                                compute.epoch(),
                                compute.step(),
                                List.of(span),
                                compute.verified(),
                                compute.early())));
        case WorkerEffect.DropFrame ignored -> {}
        case WorkerEffect.Refuse ignored -> count(Happened.REFUSED_BY_WORKER);
        case WorkerEffect.Leave ignored -> alive = false;
        case WorkerEffect.Initialise doing -> doings.add(doing);
        case WorkerEffect.Verify doing -> doings.add(doing);
        case WorkerEffect.StartPull doing -> doings.add(doing);
        case WorkerEffect.PullGuest doing -> copying.add(doing);
        case WorkerEffect.Update doing -> doings.add(doing);
        case WorkerEffect.StartReplay doing -> doings.add(doing);
        case WorkerEffect.StartAudit doing -> doings.add(doing);
        case WorkerEffect.StartTrace doing -> doings.add(doing);
        case WorkerEffect.ReadFinal doing -> doings.add(doing);
        case WorkerEffect.Keep doing -> doings.add(doing);
      }
    }

    private void abandon(WorkerEffect.Abandon abandon) {
      if (state.assignment() != null && doings.stream().anyMatch(this::blocked)) {
        count(Happened.ABANDONED_IN_A_COLLECTIVE);
      }
      if (abandon.epoch() > abandonedFor || !goesOnAuditing()) {
        doings.clear();
        partials.clear();
        pieces.clear();
        spoken.clear();
      }
      copying.clear();
      guests.abandon(abandon, shard);
      abandonedFor = abandon.epoch();
      pinned = abandon.base() < 0 ? Long.MAX_VALUE : abandon.base();
      memory.tailMap(abandon.base(), false).clear();
      if (abandon.away()) {
        memory.headMap(abandon.base(), false).clear();
      }
      if (abandon.shard() != shard) {
        if (!memory.isEmpty()) {
          count(Happened.ANOTHER_SHARD);
        }
        memory.clear();
        sealed.clear();
        faint.clear();
        shard = abandon.shard();
      }
    }

    /** A spare audits one step while it is told of the next: that gives up nothing. */
    private boolean goesOnAuditing() {
      return config.audits().lagSteps() > 0 && state.assignment() == null;
    }

    private void publish(Key key, WorkerEffect.Publish publish) {
      publish(key, known(key), publish.peers());
    }

    private void publish(Key key, long sum, List<WorkerId> peers) {
      for (WorkerId peer : peers) {
        send(new Packet.Frame(id, peer, key.epoch(), key.step(), key.span(), sum));
      }
    }

    // Collectives.

    private @Nullable Exchange exchange(WorkerEffect doing) {
      return switch (doing) {
        case WorkerEffect.Compute compute ->
            new Exchange(compute.epoch(), compute.step(), compute.spans().getFirst());
        case WorkerEffect.Update update -> new Exchange(update.epoch(), update.step(), null);
        default -> null;
      };
    }

    private List<WorkerId> mates() {
      Assignment assignment = Objects.requireNonNull(state.assignment());
      Rank own = assignment.rankOf(id).orElseThrow();
      return assignment.seats().stream()
          .filter(seat -> seat.rank().pod() == own.pod() && seat.rank().index() != own.index())
          .map(Seat::worker)
          .toList();
    }

    /** Whether it has said its own and waits for what others have not said yet. */
    private boolean blocked(WorkerEffect doing) {
      Exchange exchange = exchange(doing);
      return exchange != null
          && spoken.containsKey(exchange)
          && mates().stream().anyMatch(mate -> !pieces.containsKey(new Said(exchange, mate)));
    }

    private void speak(Exchange exchange, long own) {
      spoken.put(exchange, own);
      mates().forEach(mate -> send(new Packet.Piece(mate, exchange, id, own)));
    }

    /** What all ranks said, as a number that depends on each and its place. */
    private long heard(Exchange exchange) {
      Assignment assignment = Objects.requireNonNull(state.assignment());
      int pod = assignment.rankOf(id).orElseThrow().pod();
      return assignment.seats().stream()
          .filter(seat -> seat.rank().pod() == pod)
          .mapToLong(
              seat ->
                  Objects.requireNonNull(
                      seat.worker().equals(id)
                          ? spoken.get(exchange)
                          : pieces.get(new Said(exchange, seat.worker()))))
          .reduce(0, World::mix);
    }

    void hears(Packet.Piece piece) {
      if (piece.exchange().epoch() == state.epoch()) {
        pieces.put(new Said(piece.exchange(), piece.from()), piece.content());
      }
    }

    /** Whether the compute thread has something to do and is not blocked. */
    boolean canWork() {
      return alive
          && !hangs
          && !doings.isEmpty()
          && !blocked(doings.getFirst())
          && (!crawls || slowness.nextInt(100) == 0);
    }

    /**
     * Carries out the next thing on the compute thread; its end goes into the mailbox. In a
     * collective it first says its own, and comes back when the others have.
     */
    void work() {
      WorkerEffect effect = doings.getFirst();
      Exchange exchange = exchange(effect);
      if (exchange != null && !spoken.containsKey(exchange)) {
        speak(exchange, said(effect));
      }
      if (blocked(effect)) {
        return;
      }
      doings.removeFirst();
      switch (effect) {
        case WorkerEffect.Initialise doing -> {
          long first = golden(doing.version(), shard);
          write(doing.version(), first);
          mailbox.add(
              new WorkerEvent.Verified(doing.epoch(), doing.version(), true, digest(first)));
        }
        case WorkerEffect.Verify doing -> {
          Long found = memory.get(doing.version());
          mailbox.add(
              new WorkerEvent.Verified(
                  doing.epoch(),
                  doing.version(),
                  found != null,
                  found == null ? null : digest(found),
                  guests.read(doing.version())));
        }
        case WorkerEffect.StartPull doing when doing.donor().equals(Disk.DONOR) -> read(doing);
        case WorkerEffect.StartPull doing when doing.donor().equals(Buddies.SUMS) -> compute(doing);
        case WorkerEffect.StartPull doing -> pull(doing);
        case WorkerEffect.Keep doing -> {
          if (Objects.equals(digestOf(doing.version()), doing.agreed())) {
            File file = new File(doing.version(), shard);
            network.add(new Packet.Write(id, file, at(doing.version())));
          }
        }
        case WorkerEffect.Compute doing -> {
          invariants.holdsWatermark(id, memory, doing);
          Span span = doing.spans().getFirst();
          long whole = heard(Objects.requireNonNull(exchange));
          Key key = new Key(doing.epoch(), doing.step(), span);
          if (partials.containsKey(key) && slowness.nextBoolean()) {
            // Somebody stood in for it, and it sees that before it is done.
            count(Happened.GAVE_UP_ITS_OWN);
            return;
          }
          long sum = gradient(whole, doing.step(), span, shard);
          if (config.audits().fraction() == 1 && strikes(20)) {
            count(Happened.WRONG_GRADIENT);
            wrongSums.add(key);
            wrongInAudits.add(id);
            sum = mix(sum, random.nextLong());
          }
          String wrongProducts = wrongProducts();
          if (wrongProducts != null) {
            wrongInAudits.add(id);
            wrongInProducts.add(id);
            sum = mix(sum, products.nextLong());
          }
          partials.putIfAbsent(key, sum);
          publish(key, sum, doing.early());
          mailbox.add(
              new WorkerEvent.SpanComputed(
                  doing.epoch(), doing.step(), span, new Digest(sum), alarm(), wrongProducts));
        }
        case WorkerEffect.Update doing -> update(doing);
        case WorkerEffect.StartReplay doing -> replay(doing);
        case WorkerEffect.StartAudit doing -> audit(doing);
        case WorkerEffect.StartTrace doing -> trace(doing);
        case WorkerEffect.ReadFinal doing ->
            mailbox.add(
                new WorkerEvent.FinalRead(
                    doing.epoch(), doing.step(), new Digest(at(doing.step()))));
        default -> throw new IllegalStateException("not a doing: " + effect);
      }
    }

    /** What it says in a collective, and so what the whole pod computes with. */
    private long said(WorkerEffect doing) {
      if (!wrongNorm || !(doing instanceof WorkerEffect.Update) || !corruptible()) {
        return own(doing);
      }
      wrongNorm = false;
      count(Happened.WRONG_NORM);
      return mix(own(doing), random.nextLong());
    }

    /** What it has to say in a collective: its part of the model, or of the norm. */
    private long own(WorkerEffect doing) {
      return switch (doing) {
        case WorkerEffect.Compute compute -> at(compute.step() - 1);
        case WorkerEffect.Update update ->
            fold(Span.root(config.microbatches()), update.epoch(), update.step());
        default -> throw new IllegalStateException("no collective in " + doing);
      };
    }

    /** What its checks say of the products of a sum, which is wrong then; null if it is right. */
    private @Nullable String wrongProducts() {
      boolean fresh = checksProducts && productFaults < 3 && products.nextInt(25) == 0;
      if (!fresh && !defective) {
        return null;
      }
      if (fresh) {
        productFaults++;
        defective = products.nextInt(4) == 0;
      }
      persistent |= defective;
      count(defective ? Happened.WRONG_PRODUCT_AGAIN_AND_AGAIN : Happened.WRONG_PRODUCT);
      return "product ffn.up, row 3";
    }

    /** Three places; a defective machine is wrong in the second one, and so in all that follows. */
    private void trace(WorkerEffect.StartTrace doing) {
      Message.Question question = doing.question();
      List<Long> values = new ArrayList<>();
      if (question.ofChains()) {
        for (Span span : doing.spans()) {
          for (int microbatch = span.from(); microbatch < span.to(); microbatch++) {
            values.add(at(doing.step() - 1));
            for (int place = 0; place < 3; place++) {
              values.add(wrongIf(place > 0, mix(microbatch, place)));
            }
          }
        }
      } else {
        for (int at = 0; at < 4; at++) {
          values.add(wrongIf(at == (question.ofRows() ? 2 : 3), mix(question.place(), at)));
        }
      }
      mailbox.add(
          new WorkerEvent.TraceDone(
              doing.epoch(), doing.step(), question, values, "place " + question.place(), null));
    }

    private long wrongIf(boolean here, long right) {
      return here && defective ? ~right : right;
    }

    private @Nullable String alarm() {
      if (!strikes(150)) {
        return null;
      }
      count(Happened.SCREEN_ALARM);
      return "huge";
    }

    private void pull(WorkerEffect.StartPull doing) {
      Machine donor = machine(doing.donor());
      if (cut(id, doing.donor())) {
        mailbox.add(
            new WorkerEvent.PullBroke(
                doing.epoch(),
                doing.version(),
                doing.donor(),
                Message.PullFlaw.DONOR_GONE,
                "cut off"));
        return;
      }
      boolean guest = isGuest(doing.donor());
      if (!guest) {
        invariants.sameShard(id, shard, doing.donor(), donor.shard);
      }
      if (donor.alive && strikes(12)) {
        count(Happened.DONOR_CRASHED_IN_A_PULL);
        crash(donor);
      } else if (donor.alive && config.digests() && strikes(12)) {
        count(Happened.CORRUPT_TRANSFER);
        mailbox.add(
            new WorkerEvent.PullBroke(
                doing.epoch(),
                doing.version(),
                doing.donor(),
                Message.PullFlaw.ARRIVED_CORRUPT,
                "simulated"));
        return;
      }
      Long held =
          guest ? donor.guests.at(shard, doing.version()) : donor.memory.get(doing.version());
      Message.PullFlaw flaw = donor.flaw(held, doing.agreed());
      if (flaw != null) {
        mailbox.add(
            new WorkerEvent.PullBroke(
                doing.epoch(), doing.version(), doing.donor(), flaw, "simulated"));
        return;
      }
      if (guest) {
        count(Happened.RESTORED_FROM_A_GUEST);
      }
      long content = Objects.requireNonNull(held);
      write(doing.version(), content);
      mailbox.add(
          new WorkerEvent.PullDone(
              doing.epoch(), doing.version(), doing.donor(), digest(content), 1, 8));
    }

    /** From what all others of it have. */
    private void compute(WorkerEffect.StartPull doing) {
      Map<Integer, Machine> holders = new TreeMap<>();
      for (Message.Part part : doing.parts()) {
        Machine holder = machine(part.holder());
        invariants.sameShard(id, part.shard(), part.holder(), holder.shard);
        holders.put(part.shard(), holder);
        if (holder.alive && strikes(12)) {
          count(Happened.DONOR_CRASHED_IN_A_PULL);
          crash(holder);
        }
        Long sum = holder.guests.at(part.shard(), doing.version());
        Message.PullFlaw flaw = holder.flaw(sum, part.sum());
        flaw = flaw == null ? holder.flaw(doing.version(), part.agreed()) : flaw;
        if (flaw == null && strikes(12)) {
          count(Happened.CORRUPT_TRANSFER);
          flaw = Message.PullFlaw.ARRIVED_CORRUPT;
        }
        if (cut(id, part.holder())) {
          flaw = Message.PullFlaw.DONOR_GONE;
        }
        if (flaw != null) {
          broke(doing, flaw, part.holder());
          return;
        }
      }
      if (holders.size() < shards() - 1) {
        broke(doing, Message.PullFlaw.VERSION_MISSING, Buddies.SUMS);
        return;
      }
      long content =
          new Stripes(shards())
              .restore(
                  shard,
                  other -> Objects.requireNonNull(holders.get(other)).at(doing.version()),
                  other ->
                      Objects.requireNonNull(
                          Objects.requireNonNull(holders.get(other))
                              .guests
                              .at(other, doing.version())));
      if (!new Digest(content).equals(doing.agreed())) {
        count(Happened.REFUSED_FROM_SUMS);
        broke(doing, Message.PullFlaw.DONOR_CORRUPT, Buddies.SUMS);
        return;
      }
      count(Happened.RESTORED_FROM_SUMS);
      write(doing.version(), content);
      mailbox.add(
          new WorkerEvent.PullDone(
              doing.epoch(), doing.version(), doing.donor(), digest(content), 1, 8));
    }

    private void broke(WorkerEffect.StartPull doing, Message.PullFlaw flaw, WorkerId culprit) {
      mailbox.add(
          new WorkerEvent.PullBroke(
              doing.epoch(), doing.version(), doing.donor(), flaw, "simulated", culprit));
    }

    /** From disk; the version that the run begins with is made anew. */
    private void read(WorkerEffect.StartPull doing) {
      Long content =
          doing.version() == config.first()
              ? Long.valueOf(golden(doing.version(), shard))
              : files.get(new File(doing.version(), shard));
      if (content == null || !new Digest(content).equals(doing.agreed())) {
        count(Happened.FILE_REFUSED);
        Message.PullFlaw flaw =
            content == null ? Message.PullFlaw.VERSION_MISSING : Message.PullFlaw.DONOR_CORRUPT;
        mailbox.add(
            new WorkerEvent.PullBroke(
                doing.epoch(), doing.version(), doing.donor(), flaw, "simulated"));
        return;
      }
      count(Happened.FILE_READ);
      write(doing.version(), content);
      mailbox.add(
          new WorkerEvent.PullDone(
              doing.epoch(), doing.version(), doing.donor(), digest(content), 1, 8));
    }

    /** Whether {@code donor} trains on another shard, and so can only give a guest. */
    private boolean isGuest(WorkerId donor) {
      Assignment assignment = state.assignment();
      return assignment != null
          && assignment.rankOf(donor).map(rank -> rank.index() != shard).orElse(false);
    }

    boolean canCopy() {
      return alive && !hangs && !copying.isEmpty();
    }

    /** Beside the compute thread. */
    void copy() {
      WorkerEffect.PullGuest doing = copying.removeFirst();
      List<Message.Guest> told = new ArrayList<>();
      Message.Guest missing = missing(doing);
      if (missing != null) {
        count(Happened.GUEST_NOT_PULLED);
        told.add(missing);
      } else if (config.buddies().sums()) {
        sum(doing);
      } else {
        Machine donor = machine(doing.terms().getFirst().donor());
        guests.put(doing.shard(), doing.version(), donor.at(doing.version()));
      }
      told.addAll(guests.read(doing.shard(), doing.version(), doing.scrub()));
      mailbox.add(new WorkerEvent.GuestPulled(doing.epoch(), doing.version(), doing.shard(), told));
    }

    private Message.@Nullable Guest missing(WorkerEffect.PullGuest doing) {
      for (WorkerEffect.Term term : doing.terms()) {
        Machine donor = machine(term.donor());
        Message.PullFlaw flaw =
            cut(id, term.donor()) || donor.state.epoch() > doing.epoch()
                ? Message.PullFlaw.DONOR_GONE
                : donor.flaw(doing.version(), term.agreed());
        if (flaw == null && strikes(20)) {
          flaw = Message.PullFlaw.ARRIVED_CORRUPT;
        }
        if (flaw != null) {
          return new Message.Guest(term.shard(), doing.version(), null, flaw);
        }
        invariants.sameShard(id, term.shard(), term.donor(), donor.shard);
      }
      return null;
    }

    /** It may be added up wrong, and nobody notices. */
    private void sum(WorkerEffect.PullGuest doing) {
      if (guests.hasSum(shard, doing.version(), doing.origin())) {
        return;
      }
      Map<Integer, WorkerId> donors = new TreeMap<>();
      doing.terms().forEach(term -> donors.put(term.shard(), term.donor()));
      long content =
          new Stripes(shards())
              .sum(
                  shard,
                  other -> machine(Objects.requireNonNull(donors.get(other))).at(doing.version()));
      if (strikes(20)) {
        count(Happened.WRONG_SUM);
        content ^= 1;
      }
      count(Happened.SUM_MADE);
      guests.putSum(shard, doing.version(), content, doing.origin());
    }

    private Message.@Nullable PullFlaw flaw(long version, @Nullable Digest agreed) {
      return flaw(memory.get(version), agreed);
    }

    private Message.@Nullable PullFlaw flaw(@Nullable Long content, @Nullable Digest agreed) {
      if (!alive) {
        return Message.PullFlaw.DONOR_GONE;
      }
      if (content == null) {
        return Message.PullFlaw.VERSION_MISSING;
      }
      return agreed == null || agreed.value() == content ? null : Message.PullFlaw.DONOR_CORRUPT;
    }

    private void update(WorkerEffect.Update doing) {
      long sum = own(doing);
      long norm = heard(Objects.requireNonNull(exchange(doing)));
      Message.Rot rot = rot(doing.step() - 1);
      long content = next(updateBase(doing.step() - 1), sum, norm);
      if ((wrongUpdate || alwaysWrong) && corruptible()) {
        wrongUpdate = false;
        content = mix(content, random.nextLong());
        count(alwaysWrong ? Happened.WRONG_AGAIN_AND_AGAIN : Happened.WRONG_UPDATE);
      }
      write(doing.step(), content);
      memory.headMap(doing.step() - config.keepVersions(), true).clear();
      partials.keySet().removeIf(key -> key.step() <= doing.step());
      pieces.keySet().removeIf(said -> said.exchange().step() <= doing.step());
      invariants.attests(id, doing.epoch(), doing.step(), content);
      List<Message.StoredDigest> scrubbed = new ArrayList<>();
      if (doing.scrub()) {
        memory
            .headMap(doing.step())
            .forEach((v, c) -> scrubbed.add(new Message.StoredDigest(v, new Digest(c))));
      }
      mailbox.add(
          new WorkerEvent.Updated(
              doing.epoch(), doing.step(), digest(content), loss(sum), rot, scrubbed));
    }

    private void write(long version, long content) {
      memory.put(version, content);
      sealed.put(version, content);
      faint.remove(version);
    }

    /** What is wrong with a version since it was sealed. */
    private Message.@Nullable Rot rot(long version) {
      long was = Objects.requireNonNull(sealed.get(version));
      return !config.digests() || was == at(version)
          ? null
          : new Message.Rot(version, new Digest(was), new Digest(at(version)));
    }

    /** A faint flip spoils the gradients, and the update rounds it away. */
    private long updateBase(long version) {
      return faint.contains(version) ? Objects.requireNonNull(sealed.get(version)) : at(version);
    }

    private void replay(WorkerEffect.StartReplay doing) {
      if (strikes(2)) {
        count(Happened.ARBITER_CRASHED);
        crash(this);
        return;
      }
      Machine donor = machine(doing.donor());
      Message.PullFlaw flaw =
          cut(id, doing.donor())
              ? Message.PullFlaw.DONOR_GONE
              : donor.flaw(doing.step() - 1, doing.agreed());
      if (flaw != null) {
        mailbox.add(
            new WorkerEvent.ReplayDone(doing.epoch(), doing.step(), null, 0, "donor: " + flaw));
        return;
      }
      long base = donor.at(doing.step() - 1);
      long whole = mix(0, base);
      long sum = gradient(whole, doing.step(), Span.root(config.microbatches()), 0);
      if (alwaysWrong) {
        sum = mix(sum, random.nextLong());
      }
      count(Happened.REPLAYED);
      mailbox.add(
          new WorkerEvent.ReplayDone(
              doing.epoch(), doing.step(), digest(next(base, sum, mix(0, sum))), loss(sum), null));
    }

    private void audit(WorkerEffect.StartAudit doing) {
      boolean spare = state.assignment() == null;
      if (spare && strikes(10)) {
        count(Happened.AUDITOR_CRASHED);
        crash(this);
        return;
      }
      if (strikes(10)) {
        count(Happened.AUDITOR_HUNG);
        return;
      }
      long version = doing.step() - 1;
      String flaw = haveAgreed(version, doing.agreed(), doing.donors());
      Digest digest = null;
      if (flaw == null) {
        long sum = gradient(mix(0, at(version)), doing.step(), doing.span(), shard);
        Key key = new Key(doing.epoch(), doing.step(), doing.span());
        boolean standsIn = !doing.receivers().isEmpty();
        boolean lies = standsIn && slowness.nextInt(6) == 0;
        faults += lies ? 1 : 0;
        if (alwaysWrong || lies || strikes(6)) {
          count(standsIn ? Happened.STAND_IN_LIED : Happened.AUDITOR_LIED);
          wrongInAudits.add(id);
          sum = mix(sum, random.nextLong());
          if (standsIn) {
            wrongSums.add(key);
          }
        }
        publish(key, sum, doing.receivers());
        digest = new Digest(sum);
        count(spare ? Happened.AUDITED : Happened.RANK_AUDITED);
      }
      mailbox.add(
          new WorkerEvent.AuditDone(
              doing.epoch(),
              doing.step(),
              doing.span(),
              !doing.receivers().isEmpty(),
              digest,
              0,
              0,
              flaw));
    }

    private @Nullable String haveAgreed(
        long version, @Nullable Digest agreed, List<WorkerId> donors) {
      if (Objects.equals(agreed, digestOf(version))) {
        return null;
      }
      for (WorkerId id : donors) {
        Machine donor = machine(id);
        if (!cut(this.id, id) && donor.flaw(version, agreed) == null) {
          makeRoom(version);
          write(version, donor.at(version));
          return null;
        }
      }
      return "no donor";
    }

    /** A store recycles its oldest version, if that is older and nobody may need it. */
    private void makeRoom(long version) {
      if (memory.containsKey(version) || memory.size() < config.keepVersions()) {
        return;
      }
      long oldest = memory.firstKey();
      if (oldest > version || oldest >= pinned) {
        throw invariants.violated(
            "there is room for a version to audit on",
            id + " holds " + memory.keySet() + ", pinned from " + pinned + ", wants " + version);
      }
      memory.remove(oldest);
    }

    private @Nullable Digest digestOf(long version) {
      Long content = memory.get(version);
      return content == null ? null : new Digest(content);
    }

    private long fold(Span span, long epoch, long step) {
      Long part = partials.get(new Key(epoch, step, span));
      return part != null
          ? part
          : add(fold(span.left(), epoch, step), fold(span.right(), epoch, step));
    }

    private long known(Key key) {
      return Objects.requireNonNull(partials.get(key), () -> id + " has no " + key);
    }

    long at(long version) {
      return Objects.requireNonNull(memory.get(version), () -> id + " holds no " + version);
    }
  }

  private static final Set<Happened> SPOILS_STATES =
      EnumSet.of(
          Happened.ROT,
          Happened.FAINT_ROT,
          Happened.SAME_ROT_IN_SEVERAL,
          Happened.WRONG_UPDATE,
          Happened.WRONG_NORM,
          Happened.WRONG_AGAIN_AND_AGAIN);

  private static final Comparator<File> FILES =
      Comparator.comparingLong(File::version).thenComparingInt(File::shard);

  private static final String WRONG_ANSWER = "gate of ones, lanes [3]";

  private static final boolean TRACE = Boolean.getBoolean("redoubt.fuzz.trace");

  final long seed;
  final ProtocolConfig config;
  final Invariants invariants;
  ControllerState controller;

  private final List<Boss> bosses = new ArrayList<>();
  private final Set<WorkerId> removed = new TreeSet<>();
  private final Set<WorkerId> cutOff = new TreeSet<>();
  private final Set<WorkerId> returned = new TreeSet<>();
  private int cutOffBosses;
  private int talking = -1;
  private final SplittableRandom random;
  private final Map<Happened, Integer> tally;
  private final NavigableMap<WorkerId, Machine> machines = new TreeMap<>();
  private final List<Packet> network = new ArrayList<>();
  private final List<long[]> golden = new ArrayList<>();
  private final int faultsMax;
  private final double lossRate;
  private final boolean returns;
  private final Set<Key> wrongSums = new HashSet<>();
  private final Set<WorkerId> wrongInAudits = new HashSet<>();
  private final Set<WorkerId> wrongInProducts = new HashSet<>();
  private final SplittableRandom slowness;
  private final SplittableRandom products;
  private final SplittableRandom scans;
  private final boolean scanning;
  private final boolean checksProducts;
  private final SplittableRandom disk;
  private final Map<File, Long> files = new HashMap<>();
  private int fileFaults;
  private int sickMachines;
  private int productFaults;
  private boolean stateWasWrong;
  private boolean escaped;
  private int faults;
  private boolean persistent;
  private boolean partitioned;
  private int lostSinceCommit;
  private long now;

  World(long seed, Map<Happened, Integer> tally) {
    this(seed, tally, Kind.ANY);
  }

  /** What a world has to be like. */
  enum Kind {
    ANY,
    /** Ranks can be late, and a spare is there to stand in. */
    IMPATIENT,
    /** Audits lag, and a spare is there to do them. */
    LAGGING,
    /** Versions are kept on disk. */
    ON_DISK,
    /** Ranks keep guests, mostly of the only pod that there is. */
    GUARDED,
    /** The same, with sums for guests. */
    SUMMED
  }

  /** A world of a seed. */
  World(long seed, Map<Happened, Integer> tally, Kind kind) {
    this.seed = seed;
    this.tally = tally;
    this.random = new SplittableRandom(seed);
    boolean impatient = kind == Kind.IMPATIENT;
    ProtocolConfig drawn = draw(random);
    while (impatient && !(mayBeImpatient(drawn) && drawn.mesh().spares() > 0)) {
      drawn = draw(random);
    }
    while (kind == Kind.LAGGING && !(mayBeAudited(drawn) && drawn.mesh().spares() > 0)) {
      drawn = draw(random);
    }
    boolean guarded = kind == Kind.GUARDED || kind == Kind.SUMMED;
    while (guarded && drawn.mesh().workersPerPod() == 1) {
      drawn = draw(random);
    }
    this.slowness = new SplittableRandom(seed * 17 + 5);
    this.products = new SplittableRandom(seed * 13 + 3);
    this.scans = new SplittableRandom(seed * 11 + 9);
    this.scanning = scans.nextInt(3) == 0;
    // Whoever was wrong keeps the version that came of it: it is to be known as that.
    this.disk = new SplittableRandom(seed * 23 + 15);
    while (kind == Kind.ON_DISK && !drawn.digests()) {
      drawn = draw(random);
    }
    this.checksProducts = drawn.stateDigestEvery() == 1 && products.nextInt(2) == 0;
    this.config =
        (guarded
                ? guarded(seed, drawn, kind == Kind.SUMMED).from(first(seed, drawn.steps()))
                : kind == Kind.LAGGING
                    ? lagging(seed, drawn).from(first(seed, drawn.steps()))
                    : sometimesLagging(
                        seed,
                        drawn
                            .from(first(seed, drawn.steps()))
                            .with(audits(seed, drawn))
                            .with(patience(slowness, drawn, impatient))))
            .withDiagnosis(diagnosis(seed, drawn))
            .with(kind == Kind.ON_DISK ? onDisk(drawn) : Disk.NONE);
    this.faultsMax = kind == Kind.ON_DISK ? 2 + random.nextInt(5) : random.nextInt(5);
    this.lossRate = random.nextInt(3) * 0.01 / slowness(config.mesh().workersPerPod());
    this.returns = random.nextBoolean();
    this.controller =
        replaceable() ? ControllerState.start(config, 1, 0) : ControllerState.start(config, 0);
    bosses.add(new Boss(0, controller));
    int shards = config.mesh().workersPerPod();
    golden.add(LongStream.range(0, shards).map(shard -> mix(0x5EED + shard, seed)).toArray());
    for (int step = 1; step <= config.steps(); step++) {
      golden.add(goldenStep(golden.getLast(), step));
    }
    this.invariants = new Invariants(this);
    for (int i = 0; i < config.mesh().workers(); i++) {
      WorkerId id = new WorkerId("w" + i);
      machines.put(id, new Machine(id));
    }
  }

  private long[] goldenStep(long[] bases, long step) {
    Span root = Span.root(config.microbatches());
    long whole = LongStream.of(bases).reduce(0, World::mix);
    long[] sums =
        IntStream.range(0, bases.length)
            .mapToLong(shard -> gradient(whole, step, root, shard))
            .toArray();
    long norm = LongStream.of(sums).reduce(0, World::mix);
    return IntStream.range(0, bases.length)
        .mapToLong(shard -> next(bases[shard], sums[shard], norm))
        .toArray();
  }

  /**
   * Some runs begin where an earlier one left off; drawn apart, so that seeds keep their worlds.
   */
  private static long first(long seed, int steps) {
    SplittableRandom random = new SplittableRandom(~seed);
    return random.nextInt(4) == 0 ? 1 + random.nextInt(steps - 1) : 0;
  }

  private static ProtocolConfig draw(SplittableRandom random) {
    int pods = 1 + random.nextInt(4);
    int keep = 2 + random.nextInt(3);
    int[] rankCounts = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4};
    int ranks = rankCounts[random.nextInt(rankCounts.length)];
    int slowness = slowness(ranks);
    return new ProtocolConfig(
        new Mesh(pods, ranks, random.nextInt(4)),
        2 + random.nextInt(6),
        pods + random.nextInt(6),
        keep,
        random.nextInt(keep),
        random.nextInt(4),
        true,
        random.nextBoolean(),
        1 + random.nextInt(3),
        3,
        new ProtocolConfig.Timeouts(
            slowness * 60_000L, slowness * 4_000L, slowness * 4_000L, slowness * 300L),
        random.nextBoolean()
            ? ProtocolConfig.Succession.NONE
            : ProtocolConfig.Succession.MAJORITY_OF_LIVING,
        0,
        Audits.NONE,
        Patience.UNLIMITED,
        true,
        false,
        Disk.NONE,
        Buddies.NONE);
  }

  /** Drawn apart, so that seeds keep their worlds. */
  private static Patience patience(
      SplittableRandom random, ProtocolConfig drawn, boolean certainly) {
    return mayBeImpatient(drawn) && (random.nextInt(4) > 0 || certainly)
        ? new Patience(1.5 + random.nextInt(3), 50 + 50L * random.nextInt(6), 1 + random.nextInt(3))
        : Patience.UNLIMITED;
  }

  private Disk onDisk(ProtocolConfig drawn) {
    int every = drawn.stateDigestEvery() * (1 + disk.nextInt(2));
    return disk.nextInt(3) == 0 ? Disk.baseline(every) : Disk.lastResort(every);
  }

  /** Drawn apart, so that seeds keep their worlds. */
  private static boolean diagnosis(long seed, ProtocolConfig drawn) {
    return drawn.mesh().workersPerPod() == 1 && new SplittableRandom(seed * 19 + 11).nextInt(3) > 0;
  }

  private static boolean mayBeImpatient(ProtocolConfig drawn) {
    return drawn.stateDigestEvery() == 1
        && drawn.mesh().workersPerPod() == 1
        && drawn.keepVersions() >= 3;
  }

  /** Drawn apart, so that seeds keep their worlds: of all spans, of half of them, or none. */
  private static Audits audits(long seed, ProtocolConfig drawn) {
    SplittableRandom random = new SplittableRandom(seed * 31 + 7);
    double[] fractions = {0, 0.5, 1, 1, 1};
    double fraction = fractions[random.nextInt(fractions.length)];
    return mayBeAudited(drawn) && fraction > 0 ? new Audits(fraction, seed) : Audits.NONE;
  }

  private static boolean mayBeAudited(ProtocolConfig drawn) {
    return drawn.stateDigestEvery() == 1 && drawn.mesh().workersPerPod() == 1;
  }

  /** Drawn apart, so that seeds keep their worlds: half of those in which audits can lag. */
  private static ProtocolConfig sometimesLagging(long seed, ProtocolConfig drawn) {
    SplittableRandom random = new SplittableRandom(seed * 41 + 11);
    int most = drawn.keepVersions() - 2;
    boolean possible = drawn.audits().on() && !drawn.patience().on() && most > 0;
    return possible && random.nextBoolean()
        ? drawn.with(new Audits(drawn.audits().fraction(), seed, 1 + random.nextInt(most)))
        : drawn;
  }

  /** The same rules, with audits that lag by up to four steps, and with more steps to do so. */
  private static ProtocolConfig lagging(long seed, ProtocolConfig drawn) {
    SplittableRandom random = new SplittableRandom(seed * 43 + 13);
    int lagSteps = 1 + random.nextInt(4);
    return new ProtocolConfig(
            drawn.mesh(),
            drawn.steps() + random.nextInt(7),
            drawn.microbatches(),
            lagSteps + 2 + random.nextInt(2),
            1,
            drawn.scrubEvery(),
            drawn.screens(),
            drawn.overlap(),
            drawn.strikesToEvict(),
            drawn.redosMax(),
            drawn.timeouts(),
            drawn.succession(),
            0,
            Audits.NONE,
            Patience.UNLIMITED,
            true,
            false,
            Disk.NONE,
            Buddies.NONE)
        .with(new Audits(random.nextInt(4) == 0 ? 0.5 : 1, seed, lagSteps));
  }

  /** The same rules, with guests, and mostly with one pod and spares. */
  private static ProtocolConfig guarded(long seed, ProtocolConfig drawn, boolean sums) {
    SplittableRandom random = new SplittableRandom(seed * 47 + 17);
    int ranks = drawn.mesh().workersPerPod();
    int pods = random.nextInt(4) > 0 ? 1 : drawn.mesh().pods();
    int copies = 1 + random.nextInt(ranks - 1);
    List<List<Integer>> wards =
        IntStream.range(0, ranks)
            .mapToObj(
                index ->
                    IntStream.rangeClosed(1, copies)
                        .mapToObj(back -> Math.floorMod(index - back, ranks))
                        .toList())
            .toList();
    return new ProtocolConfig(
            new Mesh(pods, ranks, random.nextInt(4)),
            drawn.steps() + random.nextInt(4),
            drawn.microbatches(),
            3 + random.nextInt(2),
            1,
            drawn.scrubEvery(),
            drawn.screens(),
            drawn.overlap(),
            drawn.strikesToEvict(),
            drawn.redosMax(),
            drawn.timeouts())
        .with(drawn.succession())
        .with(sums ? Buddies.sums(ranks) : new Buddies(wards));
  }

  /**
   * How many times as much happens in a step as with one rank a pod. Everything happens on one
   * thread, so waits are so many times as long, and a message is lost so many times as rarely.
   */
  private static int slowness(int ranks) {
    return ranks * (ranks + 1) / 2;
  }

  /** Runs until the controller concludes. */
  Verdict run() {
    if (shards() > 1) {
      count(shards() == 2 ? Happened.PODS_OF_TWO : Happened.PODS_OF_FOUR);
    }
    for (Machine machine : machines.values()) {
      machine.sick = scanning && scans.nextInt(15) == 0;
      if (machine.sick) {
        count(Happened.SICK_AT_THE_START);
        sickMachines++;
      }
      greet(machine, 0);
    }
    for (int events = 0; events < slowness(shards()) * 100_000; events++) {
      for (Boss boss : bosses) {
        if (boss.state.phase() instanceof Phase.Concluded concluded) {
          controller = boss.state;
          conclude(concluded.verdict());
          return concluded.verdict();
        }
      }
      if (escaped) {
        count(Happened.ESCAPED_UNAUDITED);
        return new Verdict.Lost("a wrong sum that nobody audited was committed");
      }
      maybeBreakSomething();
      maybeReturn();
      if (scanning) {
        maybeScan();
      }
      if (config.disk().on()) {
        maybeRotOnDisk();
      }
      if (config.patience().on()) {
        maybeSlow();
      }
      if (replaceable()) {
        maybeChangeControllers();
      }
      happen();
      if (!escaped) {
        invariants.everyEvent();
      }
    }
    throw invariants.violated("the run ends", "still waiting for " + controller.waitingFor());
  }

  /** Before it joins a machine is scanned; whoever is sick says that, and not hello. */
  private void greet(Machine machine, int boss) {
    machine.joined = !machine.sick;
    network.add(
        new Packet.ToController(
            machine.sick
                ? new Message.Scanned(machine.id, 9, WRONG_ANSWER)
                : new Message.Join(machine.id),
            boss));
  }

  /**
   * Who has no rank scans itself; the end of a scan may come when it has one. A machine that gets
   * sick still trains right here: that nobody who is sick gets a rank is another invariant.
   */
  private void maybeScan() {
    if (scans.nextInt(60) != 0) {
      return;
    }
    List<Machine> living =
        machines.values().stream().filter(machine -> machine.alive && !machine.hangs).toList();
    List<Machine> idle =
        living.stream().filter(machine -> machine.state.assignment() == null).toList();
    List<Machine> some = idle.isEmpty() || scans.nextInt(6) == 0 ? living : idle;
    if (some.isEmpty()) {
      return;
    }
    Machine machine = some.get(scans.nextInt(some.size()));
    if (!machine.sick && sickMachines < 3 && scans.nextInt(6) == 0) {
      sickMachines++;
      machine.sick = true;
      count(machine.state.assignment() == null ? Happened.SICK_SPARE : Happened.SICK_RANK);
    }
    count(Happened.SCANNED);
    machine.on(new WorkerEvent.Scanned(9, machine.sick ? WRONG_ANSWER : null));
  }

  /** Files rot unseen; and a shard loses all its copies at once now and then. */
  private void maybeRotOnDisk() {
    if (fileFaults >= 4 || disk.nextInt(120) != 0) {
      return;
    }
    List<File> known = files.keySet().stream().sorted(FILES).toList();
    if (!known.isEmpty() && disk.nextInt(3) == 0) {
      fileFaults++;
      count(Happened.FILE_ROTTED);
      files.merge(known.get(disk.nextInt(known.size())), disk.nextLong(), World::mix);
    } else if (controller.roster().spares().size() > 1 && disk.nextInt(2) == 0) {
      int shard = disk.nextInt(shards());
      List<WorkerId> copies =
          controller.roster().seats().entrySet().stream()
              .filter(seat -> seat.getKey().index() == shard)
              .map(Map.Entry::getValue)
              .filter(worker -> machine(worker).alive)
              .toList();
      if (copies.size() < controller.roster().spares().size()) {
        fileFaults += 2;
        copies.forEach(worker -> crash(machine(worker)));
      }
    }
  }

  private Machine machine(WorkerId id) {
    return Objects.requireNonNull(machines.get(id));
  }

  private void happen() {
    List<Machine> busy = new ArrayList<>();
    List<Machine> told = new ArrayList<>();
    List<Machine> copying = new ArrayList<>();
    for (Machine machine : machines.values()) {
      if (machine.canWork()) {
        busy.add(machine);
      }
      if (machine.alive && !machine.hangs && !machine.mailbox.isEmpty()) {
        told.add(machine);
      }
      if (machine.canCopy()) {
        copying.add(machine);
      }
    }
    int choices = network.size() + busy.size() + told.size() + copying.size();
    if (choices == 0 || random.nextInt(12) == 0) {
      now += choices == 0 ? 400 : random.nextInt(40);
      bosses.forEach(boss -> controller(boss, new ControllerEvent.Tick()));
      maybeLonely(choices == 0);
      return;
    }
    now += random.nextInt(10);
    int choice = random.nextInt(choices);
    if (choice < network.size()) {
      deliver(choice);
    } else if (choice < network.size() + busy.size()) {
      busy.get(choice - network.size()).work();
    } else if (choice >= choices - copying.size()) {
      copying.get(choice - choices + copying.size()).copy();
    } else {
      Machine machine = told.get(choice - network.size() - busy.size());
      machine.on(machine.mailbox.removeFirst());
    }
  }

  private void deliver(int index) {
    Packet packet = network.get(index);
    if (random.nextInt(20) == 0 && !(packet instanceof Packet.Membership)) {
      count(Happened.REPEATED_MESSAGE);
    } else {
      network.remove(index);
    }
    switch (packet) {
      case Packet.ToController message -> {
        if (!cut(message.boss(), message.message().worker())) {
          controller(bosses.get(message.boss()), new ControllerEvent.Received(message.message()));
        }
      }
      case Packet.ToWorker message -> {
        Machine machine = machine(message.worker());
        if (machine.alive && !machine.hangs && !cut(message.boss(), message.worker())) {
          talking = message.boss();
          machine.on(new WorkerEvent.Told(message.message()));
          talking = -1;
        }
      }
      case Packet.Frame frame -> deliver(frame);
      case Packet.Piece piece -> {
        if (!cut(piece.from(), piece.to())) {
          machine(piece.to()).hears(piece);
        }
      }
      case Packet.Membership membership -> membership(membership.event());
      case Packet.Write write -> written(write);
    }
  }

  /** Who crashes before its file has its name leaves none; who crashes after it says nothing. */
  private void written(Packet.Write write) {
    Machine machine = machine(write.from());
    if (!machine.alive && disk.nextBoolean()) {
      return;
    }
    count(Happened.FILE_WRITTEN);
    files.put(write.file(), write.content());
    machine.mailbox.add(
        new WorkerEvent.Kept(
            write.file().version(), write.file().shard(), new Digest(write.content())));
  }

  private void deliver(Packet.Frame frame) {
    Machine machine = machine(frame.to());
    if (!machine.alive || machine.hangs || cut(frame.from(), frame.to())) {
      return;
    }
    if (strikes(60)) {
      count(Happened.CORRUPT_FRAME);
      machine.on(new WorkerEvent.FrameCorrupt(frame.epoch(), frame.step(), frame.from()));
      return;
    }
    WorkerEvent.FrameArrived event =
        new WorkerEvent.FrameArrived(frame.epoch(), frame.step(), frame.span(), frame.from());
    // The payload is there before the machine hears of it; what it refuses is thrown away.
    Worker.Step step = Worker.step(machine.state, event);
    boolean dropped = step.effects().stream().anyMatch(WorkerEffect.DropFrame.class::isInstance);
    if (!dropped) {
      Key key = new Key(frame.epoch(), frame.step(), frame.span());
      invariants.accepts(machine.id, key);
      machine.partials.put(key, frame.sum());
    }
    machine.on(event);
  }

  private void membership(ControllerEvent event) {
    if (event instanceof ControllerEvent.Down down) {
      removed.add(down.worker());
    }
    bosses.forEach(boss -> controller(boss, event));
  }

  private boolean replaceable() {
    return config.succession() != ProtocolConfig.Succession.NONE;
  }

  private boolean cut(WorkerId one, WorkerId other) {
    return cutOff.contains(one) != cutOff.contains(other);
  }

  private boolean cut(int boss, WorkerId worker) {
    return (boss < cutOffBosses) != cutOff.contains(worker) && !cutOff.isEmpty();
  }

  /** Who a worker speaks to: whose order it answers, mostly the newest, sometimes an older one. */
  private int listener() {
    return talking >= 0
        ? talking
        : random.nextInt(5) > 0 ? bosses.size() - 1 : random.nextInt(bosses.size());
  }

  private void maybeLonely(boolean certainly) {
    for (Machine machine : machines.values()) {
      if (!machine.joined && machine.alive && certainly) {
        machine.on(new WorkerEvent.Scanned(0, WRONG_ANSWER));
      } else if (replaceable()
          && machine.joined
          && machine.alive
          && !machine.hangs
          && (certainly || random.nextInt(20) == 0)) {
        machine.on(new WorkerEvent.Lonely());
      }
    }
  }

  /** A controller crashes, or is stopped and comes back; the next one is started. */
  private void maybeChangeControllers() {
    Boss newest = bosses.getLast();
    for (Boss boss : bosses) {
      if (boss.paused && random.nextInt(80) == 0) {
        boss.paused = false;
        count(Happened.CONTROLLER_PAUSED_AND_BACK);
      }
    }
    if (!cutOff.isEmpty() && random.nextInt(400) == 0) {
      count(Happened.HEALED);
      cutOff.clear();
      cutOffBosses = 0;
    }
    if (newest.state.deposed()) {
      newBoss();
    } else if (faults < faultsMax && random.nextInt(250) == 0) {
      faults++;
      switch (random.nextInt(3)) {
        case 0 -> {
          count(Happened.CONTROLLER_CRASH);
          newest.alive = false;
          newBoss();
        }
        case 1 -> {
          newest.paused = true;
          newBoss();
        }
        default -> partition();
      }
    }
  }

  /** Some workers are cut off from the others, with the controller or without it. */
  private void partition() {
    if (!cutOff.isEmpty()) {
      return;
    }
    count(Happened.PARTITION);
    partitioned = true;
    for (WorkerId id : machines.keySet()) {
      if (random.nextInt(3) == 0) {
        cutOff.add(id);
      }
    }
    if (!cutOff.isEmpty() && random.nextBoolean()) {
      cutOffBosses = bosses.size();
      newBoss();
    }
    for (Machine one : machines.values()) {
      for (WorkerId other : machines.keySet()) {
        if (one.alive && cut(one.id, other) && random.nextBoolean()) {
          one.mailbox.add(new WorkerEvent.PeerBroken(other));
        }
      }
    }
  }

  private void newBoss() {
    if (bosses.getLast().state.phase() instanceof Phase.Auditing) {
      count(Happened.CONTROLLER_CHANGED_IN_AN_AUDIT);
    }
    if (isAhead(bosses.getLast().state)) {
      count(Happened.CONTROLLER_CHANGED_AHEAD_OF_THE_AUDITS);
    }
    Boss boss = new Boss(bosses.size(), ControllerState.start(config, bosses.size() + 1, now));
    bosses.add(boss);
    controller = boss.state;
    trace("controller " + (boss.number + 1) + " starts");
    removed.forEach(worker -> controller(boss, new ControllerEvent.Down(worker)));
  }

  private void controller(Boss boss, ControllerEvent event) {
    if (!boss.alive || boss.paused || boss.state.concluded()) {
      return;
    }
    Controller.Step step = Controller.step(boss.state, event, now);
    invariants.stale(boss.state, event, step);
    boolean ahead = isAhead(boss.state);
    if (!ahead && isAhead(step.state())) {
      count(Happened.AHEAD_OF_THE_AUDITS);
    }
    boss.state = step.state();
    if (boss.number == bosses.size() - 1) {
      controller = boss.state;
    }
    for (ControllerEffect effect : step.effects()) {
      switch (effect) {
        case ControllerEffect.Send send -> {
          invariants.sent(send.message());
          send(new Packet.ToWorker(send.worker(), send.message(), boss.number));
        }
        case ControllerEffect.Write write -> {
          trace((boss.number + 1) + ": " + write.note());
          boss.tardiness.on(write.note());
          tally(write.note());
          if (ahead) {
            tallyAhead(write.note());
          }
          if (!escaped) {
            invariants.note(boss.number, write.note(), boss.tardiness);
          }
        }
        // As the cluster's membership does. Else its vote would be waited for in vain.
        case ControllerEffect.Expel expel ->
            network.add(new Packet.Membership(new ControllerEvent.Down(expel.worker())));
        case ControllerEffect.StandDown ignored -> {}
        case ControllerEffect.Conclude ignored -> {}
      }
    }
  }

  /** Whether the training has gone on although audits of steps before are not over. */
  private static boolean isAhead(ControllerState state) {
    return state.config().audits().lagSteps() > 0
        && !state.history().provisional().isEmpty()
        && state.audit().owes();
  }

  private void tallyAhead(Note note) {
    switch (note) {
      case Note.StepCommitted ignored -> count(Happened.VERIFIED_LATER);
      case Note.Audited audited when audited.waitedMillis() > 0 ->
          count(Happened.WAITED_FOR_LATE_AUDITS);
      case Note.RolledBack back when back.reason().startsWith("the audit") ->
          count(Happened.BACK_BECAUSE_OF_A_LATE_AUDIT);
      case Note.Detected detected when detected.detector() == Detector.STATE_DIGEST ->
          count(Happened.COPIES_DIFFERED_AHEAD_OF_THE_AUDITS);
      case Note.WorkerLost ignored -> count(Happened.LOST_AHEAD_OF_THE_AUDITS);
      default -> {}
    }
  }

  private void send(Packet packet) {
    if (random.nextDouble() < lossRate) {
      lostSinceCommit++;
      count(Happened.LOST_MESSAGE);
    } else {
      network.add(packet);
    }
  }

  /** Whether a fault strikes now, once in so many times, while there are some left. */
  private boolean strikes(int onceIn) {
    if (faults >= faultsMax || random.nextInt(onceIn) != 0) {
      return false;
    }
    faults++;
    return true;
  }

  private void maybeBreakSomething() {
    if (controller.roster().seats().isEmpty() || faults >= faultsMax || random.nextInt(60) != 0) {
      return;
    }
    List<Machine> living = machines.values().stream().filter(machine -> machine.alive).toList();
    if (living.isEmpty()) {
      return;
    }
    Machine victim = living.get(random.nextInt(living.size()));
    switch (random.nextInt(8)) {
      case 0 -> {
        faults++;
        crash(victim);
      }
      case 1 -> rot(victim);
      case 2 -> rotInSeveral();
      case 3 -> {
        if (corruptible()) {
          faults++;
          persistent = true;
          victim.alwaysWrong = true;
        }
      }
      case 4 -> {
        if (controller.phase() instanceof Phase.Finishing) {
          rot(victim);
        }
      }
      case 5 -> {
        if (corruptible()) {
          faults++;
          victim.wrongNorm = shards() > 1 && random.nextBoolean();
          victim.wrongUpdate = !victim.wrongNorm;
        }
      }
      case 6 -> controller.roster().rankOf(victim.id).ifPresent(this::drain);
      default -> {
        faults++;
        count(Happened.FALSE_SUSPICION);
        membership(
            random.nextBoolean()
                ? new ControllerEvent.Down(victim.id)
                : new ControllerEvent.Unreachable(victim.id));
      }
    }
  }

  /** No fault: nothing may come of it but that the worker leaves. */
  private void drain(Rank rank) {
    bosses.forEach(boss -> controller(boss, new ControllerEvent.Drain(rank)));
  }

  /** Machines crawl for a while, or stand still, and come back or do not. */
  private void maybeSlow() {
    for (Machine machine : machines.values()) {
      if (machine.hangs && machine.alive && slowness.nextInt(150) == 0) {
        machine.hangs = false;
        if (slowness.nextInt(3) == 0) {
          crash(machine);
        } else {
          count(Happened.HUNG_AND_BACK);
        }
      } else if (machine.crawls && slowness.nextInt(300) == 0) {
        machine.crawls = false;
      }
    }
    if (slowness.nextInt(100) != 0 || controller.roster().seats().isEmpty()) {
      return;
    }
    List<WorkerId> seated = List.copyOf(controller.roster().seats().values());
    Machine victim = machine(seated.get(slowness.nextInt(seated.size())));
    if (slowness.nextInt(3) > 0) {
      count(Happened.CRAWLED);
      victim.crawls = true;
      // It may be slower than every deadline, in each try of a step again.
      persistent = true;
    } else if (faults < faultsMax) {
      faults++;
      count(Happened.HUNG);
      victim.hangs = true;
    }
  }

  private void crash(Machine victim) {
    count(Happened.CRASH);
    victim.alive = false;
    trace(victim.id + " crashes");
    for (Machine other : machines.values()) {
      if (other.alive && random.nextBoolean()) {
        other.mailbox.add(new WorkerEvent.PeerBroken(victim.id));
      }
    }
    if (replaceable() || random.nextBoolean()) {
      network.add(new Packet.Membership(new ControllerEvent.Unreachable(victim.id)));
      network.add(new Packet.Membership(new ControllerEvent.Down(victim.id)));
    }
  }

  /** A machine that crashed is back, with nothing in its memory and under another name. */
  private void maybeReturn() {
    if (!returns || random.nextInt(60) != 0) {
      return;
    }
    for (Machine machine : machines.values()) {
      if (!machine.alive && returned.add(machine.id)) {
        String name = machine.id.machine();
        int incarnation = 2;
        while (machines.containsKey(new WorkerId(name + "~" + incarnation))) {
          incarnation++;
        }
        WorkerId id = new WorkerId(name + "~" + incarnation);
        Machine fresh = new Machine(id);
        fresh.sick = machine.sick;
        machines.put(id, fresh);
        greet(fresh, bosses.size() - 1);
        count(fresh.sick ? Happened.SICK_AND_BACK : Happened.RETURNED);
        return;
      }
    }
  }

  /**
   * Rot is only put where the protocol promises to see it: with digests, and two copies at least.
   */
  private boolean corruptible() {
    return config.digests()
        && controller.roster().seats().size() >= 2 * config.mesh().workersPerPod();
  }

  /** What is stored is read again, and there may be a guest to mend it from. */
  private boolean mayRot() {
    return corruptible() || config.buddies().on();
  }

  private void rot(Machine victim) {
    if (config.buddies().on() && slowness.nextBoolean()) {
      rotOfGuest(victim);
    } else if (mayRot() && !victim.memory.isEmpty()) {
      faults++;
      count(Happened.ROT);
      if (controller.phase() instanceof Phase.Finishing) {
        count(Happened.ROT_AT_THE_END);
      }
      List<Long> versions = List.copyOf(victim.memory.keySet());
      rot(victim, versions.get(random.nextInt(versions.size())));
    }
  }

  private void rotOfGuest(Machine victim) {
    List<Integer> wards =
        controller.roster().rankOf(victim.id).stream()
            .flatMap(rank -> config.buddies().keptBy(rank.index()).stream())
            .filter(shard -> !victim.guests.of(shard).isEmpty())
            .toList();
    if (!wards.isEmpty()) {
      faults++;
      count(config.buddies().sums() ? Happened.SUM_ROT : Happened.GUEST_ROT);
      NavigableMap<Long, Long> guests = victim.guests.of(wards.get(slowness.nextInt(wards.size())));
      guests.merge(guests.lastKey(), slowness.nextLong(), World::mix);
    }
  }

  /** One version rots in two workers, of which there may be no more. */
  private void rotInSeveral() {
    List<Machine> holders =
        machines.values().stream()
            .filter(machine -> machine.alive && machine.memory.containsKey(controller.verified()))
            .limit(2)
            .toList();
    if (mayRot() && holders.size() > 1) {
      faults++;
      count(Happened.SAME_ROT_IN_SEVERAL);
      holders.forEach(machine -> rot(machine, controller.verified()));
    }
  }

  private void rot(Machine victim, long version) {
    // A flip that takes another one back would be no flip: what rots never comes right again.
    victim.memory.merge(version, random.nextLong(), World::mix);
    if (random.nextBoolean()) {
      victim.faint.add(version);
      count(Happened.FAINT_ROT);
    } else {
      victim.faint.remove(version);
    }
    trace(victim.id + " version " + version + " rots");
  }

  private void conclude(Verdict verdict) {
    switch (verdict) {
      case Verdict.Completed completed -> {
        count(Happened.COMPLETED);
        invariants.completed(completed);
      }
      case Verdict.Lost lost -> {
        count(Happened.LOST);
        if (config.buddies().on() && lost.reason().contains("no intact copy")) {
          count(
              config.buddies().sums()
                  ? Happened.LOST_WITH_A_SECOND
                  : Happened.LOST_WITH_ITS_GUESTS);
        }
        invariants.lost(lost);
      }
      case Verdict.Undecidable undecidable -> {
        count(Happened.UNDECIDED);
        invariants.undecided(undecidable);
      }
      case Verdict.NotFormed notFormed -> {
        if (notFormed.reason().contains("scans found")) {
          count(Happened.TOO_FEW_ARE_FIT);
          invariants.tooFewAreFit(notFormed);
        } else if (!partitioned) {
          throw invariants.violated("all join", notFormed.reason());
        }
      }
    }
  }

  private void tally(Note note) {
    switch (note) {
      case Note.StepCommitted commit -> {
        lostSinceCommit = 0;
        escaped |= config.audits().fraction() < 1 && escapedWithAStandIn(commit);
        if (commit.epoch() != commit.assignment().epoch()) {
          count(Happened.STEP_INHERITED);
        }
      }
      case Note.Refused ignored -> count(Happened.REFUSED_BY_CONTROLLER);
      case Note.OnDisk ignored -> count(Happened.FILE_CONFIRMED);
      case Note.ControllerChanged ignored -> {
        count(Happened.CONTROLLER_CHANGED);
        if (!files.isEmpty()) {
          count(Happened.CONTROLLER_CHANGED_WITH_FILES);
        }
      }
      case Note.Deposed ignored -> count(Happened.CONTROLLER_DEPOSED);
      case Note.Waiting ignored -> count(Happened.WAITED);
      case Note.Guarded guarded ->
          count(
              guarded.copies() == guarded.wanted()
                  ? Happened.GUARDED
                  : Happened.UNGUARDED_FOR_A_WHILE);
      case Note.Blamed blamed -> {
        count(Happened.BLAMED);
        if (blamed.evidence().startsWith("the guest of version")) {
          count(Happened.GUEST_ROT_BLAMED);
        }
        if (blamed.evidence().startsWith("the sum of version")) {
          count(Happened.SUM_ROT_BLAMED);
        }
        if (blamed.detector() == Detector.ABFT) {
          count(
              blamed.kind() == Note.Kind.PERSISTENT
                  ? Happened.ABFT_BLAMED_TOO_OFTEN
                  : Happened.ABFT_BLAMED);
        }
        if (blamed.detector() == Detector.AUDIT && blamed.worker() != null) {
          count(
              blamed.rank() == null
                  ? Happened.AUDIT_BLAMED_THE_AUDITOR
                  : Happened.AUDIT_BLAMED_THE_OWNER);
        }
      }
      case Note.Diagnosed diagnosed ->
          count(
              switch (diagnosed.kind()) {
                case TRANSIENT -> Happened.DIAGNOSED_TRANSIENT;
                case PERSISTENT -> Happened.DIAGNOSED_PERSISTENT;
                case UNDECIDABLE -> Happened.DIAGNOSED_UNDECIDABLE;
              });
      case Note.Audited audited -> {
        if (!audited.unaudited().isEmpty()) {
          count(Happened.UNAUDITED);
        }
        escaped |=
            audited.unaudited().stream()
                .anyMatch(
                    span -> wrongSums.contains(new Key(audited.epoch(), audited.step(), span)));
      }
      case Note.EpochOpened opened -> {
        if (opened.cause().contains("only a redo can tell who was wrong")) {
          count(Happened.AUDIT_LEFT_OPEN);
        }
      }
      case Note.Detected detected when detected.detector() == Detector.SLOW -> count(Happened.LATE);
      case Note.StoodIn ignored -> count(Happened.STOOD_IN);
      case Note.DoneTwice twice ->
          count(
              switch (twice.result()) {
                case SAME -> Happened.STOOD_IN_AND_SAME;
                case DIFFERENT -> Happened.STOOD_IN_AND_DIFFERENT;
                case RELIEVED -> Happened.RELIEVED;
                case IN_VAIN -> Happened.STOOD_IN_IN_VAIN;
              });
      case Note.WorkerLost lost when lost.detector() == Detector.SCAN ->
          count(Happened.SCAN_TOOK_A_SPARE_OFF);
      case Note.WorkerLost lost when lost.detector() == Detector.SLOW ->
          count(Happened.LATE_TOO_OFTEN_IN_ONE_STEP);
      case Note.RolledBack back when back.reason().startsWith("a late rank") ->
          count(Happened.BACK_BECAUSE_OF_A_STAND_IN);
      case Note.Restored ignored -> count(Happened.RESTORED);
      case Note.Evicted evicted -> {
        count(Happened.EVICTED);
        if (config.buddies().on() && config.mesh().pods() == 1) {
          count(
              config.buddies().sums()
                  ? Happened.EVICTED_WITH_SUMS_LEFT
                  : Happened.EVICTED_WITH_A_GUEST_LEFT);
        }
        if (evicted.reason().startsWith("late")) {
          count(Happened.LATE_TOO_OFTEN);
        }
        if (evicted.reason().equals(Scanning.REASON)) {
          count(Happened.SCAN_EVICTED);
        }
        if (machine(evicted.worker()).alwaysWrong) {
          count(Happened.PERSISTENT_EVICTED);
        }
      }
      case Note.Replaced ignored -> count(Happened.REPLACED);
      case Note.Dissolved ignored -> count(Happened.DISSOLVED);
      case Note.Grown ignored -> count(Happened.GROWN);
      case Note.Drained ignored -> count(Happened.DRAINED);
      case Note.RolledBack back -> {
        count(Happened.ROLLED_BACK);
        if (config.buddies().on()) {
          count(config.buddies().sums() ? Happened.BACK_TO_SUMS : Happened.BACK_TO_A_GUEST);
        }
        if (back.reason().endsWith("nobody is healed from memory")) {
          count(Happened.HEALED_BY_THE_BASELINE);
        } else if (config.disk().on() && files.containsKey(new File(back.to(), 0))) {
          count(Happened.BACK_TO_THE_DISK);
        } else if (config.disk().on() && back.to() == config.first()) {
          count(Happened.BACK_TO_THE_BEGINNING);
        }
      }
      default -> {}
    }
  }

  /** A stand-in's wrong sum is in all copies alike: only audits could have seen that. */
  private boolean escapedWithAStandIn(Note.StepCommitted commit) {
    boolean wrong =
        wrongSums.stream()
                .anyMatch(
                    key ->
                        key.epoch() == commit.assignment().epoch() && key.step() == commit.step())
            && commit.assignment().seats().stream()
                .anyMatch(
                    seat ->
                        invariants.wrong(
                            commit.assignment().epoch(),
                            commit.step(),
                            seat.rank(),
                            seat.worker()));
    if (wrong) {
      count(Happened.ESCAPED_WITH_A_STAND_IN);
    }
    return wrong;
  }

  /** Whether a machine computes the same thing wrong again and again. */
  boolean computesWrong(WorkerId worker) {
    return machine(worker).defective;
  }

  boolean wasWrongInProducts(WorkerId worker) {
    return wrongInProducts.contains(worker);
  }

  private void count(Happened what) {
    stateWasWrong |= SPOILS_STATES.contains(what);
    trace(what);
    tally.merge(what, 1, Integer::sum);
  }

  /** {@code -Dredoubt.fuzz.trace=true} prints what happens, for one schedule at a time. */
  private void trace(Object what) {
    if (TRACE) {
      System.out.println(now + " ms: " + what);
    }
  }

  /** Whether its machine gives wrong answers to known-answer tests. */
  boolean isSick(WorkerId worker) {
    return machine(worker).sick;
  }

  int sickMachines() {
    return sickMachines;
  }

  /** Whether it ever said a sum that was wrong. */
  boolean wasWrong(WorkerId worker) {
    return wrongInAudits.contains(worker);
  }

  /** Whether any version was ever made wrong by something other than a sum. */
  boolean stateWasWrong() {
    return stateWasWrong;
  }

  int faults() {
    return faults + productFaults + sickMachines + fileFaults;
  }

  /** Messages lost since the last commit; each may cost an epoch. */
  int lostSinceCommit() {
    return lostSinceCommit;
  }

  /** Whether somebody is wrong in every step that it does. */
  boolean persistent() {
    return persistent;
  }

  /** Whether somebody other than {@code worker} has a rank of that shard, and {@code version}. */
  boolean anotherHolds(long version, int shard, WorkerId worker) {
    return controller.roster().seats().entrySet().stream()
        .filter(seat -> seat.getKey().index() == shard && !seat.getValue().equals(worker))
        .anyMatch(seat -> machine(seat.getValue()).memory.containsKey(version));
  }

  /**
   * Whether somebody with a rank other than {@code worker} has a guest of that shard, or others
   * have a sum of each of its stripes.
   */
  boolean hasGuest(int shard, WorkerId worker) {
    if (config.buddies().sums()) {
      return config.buddies().hostsOf(shard).stream()
          .allMatch(
              index ->
                  holders(index)
                      .filter(host -> !host.id.equals(worker))
                      .anyMatch(host -> !host.guests.of(index).isEmpty()));
    }
    return controller.roster().seats().values().stream()
        .filter(host -> !host.equals(worker))
        .anyMatch(host -> !machine(host).guests.of(shard).isEmpty());
  }

  private Stream<Machine> holders(int index) {
    return controller.roster().seats().entrySet().stream()
        .filter(seat -> seat.getKey().index() == index)
        .map(seat -> machine(seat.getValue()));
  }

  /** Whether for each other shard somebody has it, and a sum of it that was made right. */
  private boolean computable(long version, int shard) {
    Stripes stripes = new Stripes(shards());
    return config.buddies().hostsOf(shard).stream()
        .allMatch(
            index -> {
              long sum = stripes.sum(index, other -> golden(version, other));
              return holders(index)
                  .filter(host -> host.alive)
                  .filter(host -> Objects.equals(host.memory.get(version), golden(version, index)))
                  .anyMatch(host -> Objects.equals(host.guests.at(index, version), sum));
            });
  }

  private boolean intactGuestOf(long version, int shard) {
    if (config.buddies().sums()) {
      return computable(version, shard);
    }
    return controller.roster().seats().values().stream()
        .map(this::machine)
        .filter(host -> host.alive)
        .anyMatch(host -> Objects.equals(host.guests.at(shard, version), golden(version, shard)));
  }

  long golden(long version, int shard) {
    return golden.get((int) version)[shard];
  }

  int shards() {
    return config.mesh().workersPerPod();
  }

  /** Who is in the run, alive, and holds {@code version} of {@code shard} intact. */
  boolean intactCopyOf(long version, int shard) {
    return intactGuestOf(version, shard)
        || controller.roster().seats().entrySet().stream()
            .filter(seat -> seat.getKey().index() == shard)
            .map(seat -> machine(seat.getValue()))
            .anyMatch(
                machine ->
                    machine.alive
                        && machine.memory.getOrDefault(version, 0L) == golden(version, shard));
  }

  private @Nullable Digest digest(long content) {
    return config.digests() ? new Digest(content) : null;
  }

  private static double loss(long sum) {
    return (sum >>> 11) * 0x1p-53;
  }

  /** Of one shard, computed from the whole model. */
  private static long gradient(long whole, long step, Span span, int shard) {
    return span.isLeaf()
        ? mix(mix(mix(whole, step), span.from()), shard)
        : add(
            gradient(whole, step, span.left(), shard), gradient(whole, step, span.right(), shard));
  }

  /** Neither associative nor commutative, as the sum of floats. */
  private static long add(long left, long right) {
    return mix(left * 3, right);
  }

  private static long next(long base, long sum, long norm) {
    return mix(mix(base, sum), norm);
  }

  private static long mix(long a, long b) {
    long h = (Long.rotateLeft(a, 23) ^ b) * 0x9E3779B185EBCA87L;
    h = (h ^ (h >>> 33)) * 0xFF51AFD7ED558CCDL;
    return h ^ (h >>> 29);
  }
}
