package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.FailureKind;

/** Gateways as plain objects; listeners and sequences are names. */
class ResumableStateTest {
    private static final long SEARCH = 300;
    private static final long SILENCE = 1_000;
    private static final ResumableState.Limits LIMITS =
            new ResumableState.Limits(true, 1 << 20, 2, 1 << 20, SEARCH, SILENCE);

    private record Message(String from, String to, PeerMessage<String, String> message) {}

    private record Done(String at, ResumableEffect<String, String> effect) {}

    private final Map<String, ResumableState<String, String>> gateways = new TreeMap<>();
    private final ArrayDeque<Message> network = new ArrayDeque<>();
    private final List<Done> done = new ArrayList<>();
    private final Set<String> deaf = new HashSet<>();
    /** Pairs of gateways between which nothing passes. */
    private final Set<Set<String>> cut = new HashSet<>();

    private long now;

    @Test
    void shouldBeginWhatNobodyKnows() {
        start("a", "b", "c");
        attach("a", "id", null, "client");
        deliver();
        assertEquals(1, of(ResumableEffect.Begin.class).size());
    }

    @Test
    void shouldBeginAtOnceWhereThereIsNoOtherGateway() {
        start("a");
        attach("a", "id", null, "client");
        assertEquals(1, of(ResumableEffect.Begin.class).size());
    }

    @Test
    void shouldLetTheAnswerOutOnceAnotherGatewayHasTheRecord() {
        start("a", "b", "c");
        begin("a", "s", "id");
        at("a", (state, time) -> state.accepted(Requests.record("s", 1, "id", 1)));
        assertTrue(of(ResumableEffect.Settled.class).isEmpty());
        deliver();
        assertEquals(
                List.of(new Done("a", new ResumableEffect.Settled<>("s@a", "b"))), of(ResumableEffect.Settled.class));
        assertEquals(1, gateway("b").view().replicas());
    }

    @Test
    void shouldAskAnotherGatewayWhereTheFirstSaysNothing() {
        start("a", "b", "c");
        begin("a", "s", "id");
        deaf.add("b");
        at("a", (state, time) -> state.accepted(Requests.record("s", 1, "id", 1)));
        for (int i = 0; i < 20; i++) {
            tick("a");
        }
        assertEquals(
                List.of(new Done("a", new ResumableEffect.Settled<>("s@a", "c"))), of(ResumableEffect.Settled.class));
    }

    @Test
    void shouldLetTheAnswerOutWithoutAReplicaWhereNobodyTakesOne() {
        gateways.put("a", new ResumableState<>("a", 1, LIMITS));
        gateways.put(
                "b", new ResumableState<>("b", 2, new ResumableState.Limits(true, 100, 2, 1_000, SEARCH, SILENCE)));
        know(Set.of("a", "b"));
        begin("a", "s", "id");
        at("a", (state, time) -> state.accepted(Requests.record("s", 1, "id", 1)));
        deliver();
        assertEquals(
                List.of(new Done("a", new ResumableEffect.Settled<>("s@a", null))), of(ResumableEffect.Settled.class));
    }

    @Test
    void shouldConnectAClientToTheOwnerWhereverItIs() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        attach("c", "id", new ReadSoFar(answer(), List.of(2)), "again");
        deliver();
        assertEquals(
                List.of(new Done(
                        "c", new ResumableEffect.Connect<>("s@a", "again", new ReadSoFar(answer(), List.of(2))))),
                of(ResumableEffect.Connect.class));
    }

    @Test
    void shouldRefuseAnotherBodyUnderAKnownId() {
        start("a", "b");
        replicated("a", "s", "id");
        for (String gateway : List.of("a", "b")) {
            at(
                    gateway,
                    (state, time) -> state.attach(
                            new AttachRequest<>(
                                    Requests.request(1, 7L), Requests.resumption("id", "other"), null, "client"),
                            time));
            deliver();
        }
        List<Done> refused = of(ResumableEffect.Refuse.class);
        assertEquals(2, refused.size());
        refused.forEach(
                each -> assertEquals(FailureKind.RESUME_CONFLICT, refusal(each).kind()));
    }

    @Test
    void shouldTakeOverAtTheHolderWhenTheOwnerIsSilent() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        progress("a", Requests.tail("s", 1, 0, 0, 3));
        deaf.add("a");
        attach("c", "id", null, "again");
        deliver();
        assertTrue(of(ResumableEffect.Resume.class).isEmpty(), "the owner may still answer");
        now += SEARCH;
        tick("c");

        Done resumed = of(ResumableEffect.Resume.class).get(0);
        assertEquals("b", resumed.at());
        ResumableEffect.Resume<?, ?> resume = (ResumableEffect.Resume<?, ?>) resumed.effect();
        assertEquals(List.of(Requests.tokens(0, 3)), resume.tokens());
        assertEquals(Epochs.next(1, 2), resume.epoch());
        begun("b", "s", resume.epoch(), "id", null);
        assertEquals(
                List.of(new Done("b", new ResumableEffect.Connect<>("s@b", "again", null))),
                of(ResumableEffect.Connect.class));
    }

    @Test
    void shouldFindARequestThatIsJustBeingTakenOver() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        die("a");
        attach("c", "id", new ReadSoFar(answer(), List.of(2)), "again");
        deliver();
        ResumableEffect.Resume<?, ?> resume = (ResumableEffect.Resume<?, ?>)
                of(ResumableEffect.Resume.class).get(0).effect();
        begun("b", "s", resume.epoch(), "id", null);
        assertEquals(1, of(ResumableEffect.Connect.class).size());
        assertEquals(1, of(ResumableEffect.Begin.class).size(), "but the first");
    }

    @Test
    void shouldGiveARequestThatIsTakenOverNoMoreTimeThanItHad() {
        start("a", "b");
        replicated("a", "s", "id");
        now += Duration.ofSeconds(20).toNanos();
        die("a");
        ResumableEffect.Resume<?, ?> resume = (ResumableEffect.Resume<?, ?>)
                of(ResumableEffect.Resume.class).get(0).effect();
        assertEquals(
                Requests.TIMEOUT.minusSeconds(20), resume.record().request().timeout());
    }

    @Test
    void shouldEndTheFormerOwnerWhenItIsBack() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        deaf.add("a");
        attach("c", "id", null, "again");
        deliver();
        now += SEARCH;
        tick("c");
        deaf.clear();
        progress("a", Requests.tail("s", 1, 0, 0, 3));

        assertEquals(
                List.of(new Done("a", new ResumableEffect.Supersede<>("s@a"))), of(ResumableEffect.Supersede.class));
        assertEquals(0, gateway("a").view().owned());
    }

    @Test
    void shouldTakeOverWhatAGatewayThatIsGoneHasLeft() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        die("a");
        ResumableEffect.Resume<?, ?> resume = (ResumableEffect.Resume<?, ?>)
                of(ResumableEffect.Resume.class).get(0).effect();
        begun("b", "s", resume.epoch(), "id", null);
        at("b", (state, time) -> state.accepted(Requests.record("s", resume.epoch(), "id", 1)));
        deliver();
        assertEquals(1, gateway("c").view().replicas());
        assertEquals(0, gateway("b").view().replicas());

        attach("c", "id", null, "again");
        deliver();
        assertEquals(
                List.of(new Done("c", new ResumableEffect.Connect<>("s@b", "again", null))),
                of(ResumableEffect.Connect.class));
    }

    @Test
    void shouldLeaveOneOwnerWhereTwoTookOver() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        // A second holder, left from before.
        at("c", (state, time) -> state.receive("a", new PeerMessage.Store<>(Requests.record("s", 1, "id", 1)), time));
        die("a");
        deliver();
        assertEquals(2, of(ResumableEffect.Resume.class).size());
        assertEquals(1, gateway("b").view().owned() + gateway("c").view().owned());
    }

    @Test
    void shouldReplicateAgainWhenTheHolderIsGone() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        die("b");
        deliver();
        assertEquals(1, gateway("c").view().replicas());
        assertEquals(
                List.of(
                        new Done("a", new ResumableEffect.SendTokens<>("s@a", List.of(0))),
                        new Done("a", new ResumableEffect.SendTokens<>("s@a", List.of(0)))),
                of(ResumableEffect.SendTokens.class));
        assertEquals(1, of(ResumableEffect.Settled.class).size(), "its answer has long begun");
    }

    @Test
    void shouldSendAgainWhatItsHolderMisses() {
        start("a", "b");
        replicated("a", "s", "id");
        progress("a", Requests.tail("s", 1, 0, 0, 2));
        at("a", (state, time) -> state.progress(Requests.tail("s", 1, 0, 2, 1)));
        deaf.add("b");
        tick("a");
        deaf.clear();
        done.clear();
        progress("a", Requests.tail("s", 1, 0, 3, 1));
        assertEquals(
                List.of(new Done("a", new ResumableEffect.SendTokens<>("s@a", List.of(2)))),
                of(ResumableEffect.SendTokens.class));
    }

    @Test
    void shouldStoreAgainWhatItsHolderHasForgotten() {
        start("a", "b");
        replicated("a", "s", "id");
        at("b", (state, time) -> state.receive("a", new PeerMessage.Free<>("s", 1), time));
        assertEquals(0, gateway("b").view().replicas());
        progress("a", Requests.tail("s", 1, 0, 0, 1));
        assertEquals(1, gateway("b").view().replicas());
    }

    @Test
    void shouldFreeEveryReplicaOfWhatHasEnded() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        at("a", (state, time) -> state.freed("s", "s@a"));
        deliver();
        assertEquals(0, gateway("b").view().replicas());
        assertEquals(0, gateway("a").view().owned());
    }

    @Test
    void shouldGoOnElsewhereWithWhatIsGoneWithoutHavingEnded() {
        start("a", "b");
        replicated("a", "s", "id");
        at("a", (state, time) -> state.lost("s", "s@a"));
        deliver();
        assertEquals(0, gateway("a").view().owned());
        assertEquals(1, gateway("b").view().replicas());
        attach("a", "id", null, "again");
        deliver();
        assertEquals(
                List.of("b"),
                of(ResumableEffect.Resume.class).stream().map(Done::at).toList());
    }

    @Test
    void shouldDetachAClientThatWaitsWhenItComesOnceMore() {
        start("a", "b");
        deaf.add("b");
        attach("a", "id", null, "first");
        attach("a", "id", null, "second");
        now += SEARCH;
        tick("a");
        attach("a", "id", null, "third");
        assertEquals(
                List.of("first", "second"),
                of(ResumableEffect.Refuse.class).stream()
                        .map(each -> refusal(each).listener())
                        .toList());
        // What began for a client that is detached does not count.
        begun("a", "s", 1, "id", "second");
        begun("a", "t", 1, "id", "third");
        assertEquals(
                List.of(new Done("a", new ResumableEffect.Supersede<>("s@a"))), of(ResumableEffect.Supersede.class));
    }

    @Test
    void shouldBeginAgainOnlyWhatIsDeterminedByTheRequestAlone() {
        start("a");
        ReadSoFar read = new ReadSoFar("tag", List.of(2));
        at(
                "a",
                (state, time) -> state.attach(
                        new AttachRequest<>(Requests.request(1, null), Requests.resumption("drawn", "body"), read, "x"),
                        time));
        at(
                "a",
                (state, time) -> state.attach(
                        new AttachRequest<>(Requests.request(1, 7L), Requests.resumption("given", "body"), read, "y"),
                        time));
        assertEquals(
                FailureKind.RESUME_NOT_FOUND,
                refusal(of(ResumableEffect.Refuse.class).get(0)).kind());
        assertEquals(
                "y",
                ((ResumableEffect.Begin<?, ?>)
                                of(ResumableEffect.Begin.class).get(0).effect())
                        .attach()
                        .listener());
    }

    @Test
    void shouldNotConnectAClientToAnAnswerThatItHasNotRead() {
        start("a", "b");
        replicated("a", "s", "id");
        attach("b", "id", new ReadSoFar("another", List.of(2)), "again");
        deliver();
        assertTrue(of(ResumableEffect.Connect.class).isEmpty());
        assertEquals(
                List.of("a", "b"),
                of(ResumableEffect.Begin.class).stream().map(Done::at).toList());
    }

    @Test
    void shouldDropTheOldestFinishedAnswersPastTheLimit() {
        start("a");
        for (String name : List.of("s", "t", "u")) {
            begin("a", name, "id-" + name);
            at("a", (state, time) -> state.finished(name, name + "@a", 10));
        }
        assertEquals(List.of(new Done("a", new ResumableEffect.Drop<>("s@a"))), of(ResumableEffect.Drop.class));
    }

    @Test
    void shouldSendItsClientsElsewhereWhenItIsCutOff() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        cutOff("a");
        assertEquals(List.of(), of(ResumableEffect.Detach.class));
        passSilence();
        assertEquals(List.of(new Done("a", new ResumableEffect.Detach<>("s@a"))), of(ResumableEffect.Detach.class));
        assertEquals(
                List.of(true, false, false),
                gateways.values().stream().map(each -> each.view().cutOff()).toList());

        attach("a", "id", null, "again");
        attach("a", "new", null, "new");
        assertEquals(
                List.of("again", "new"),
                of(ResumableEffect.Refuse.class).stream()
                        .map(each -> refusal(each).listener())
                        .toList());
        assertEquals(
                FailureKind.CUT_OFF,
                refusal(of(ResumableEffect.Refuse.class).get(0)).kind());
    }

    @Test
    void shouldTakeOverAtOnceFromAnOwnerThatIsKnownToBeSilent() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        cutOff("a");
        passSilence();
        attach("c", "id", null, "again");
        deliver();
        assertEquals(
                List.of("b"),
                of(ResumableEffect.Resume.class).stream().map(Done::at).toList());
        assertEquals(1, gateway("b").view().takenOver());
    }

    @Test
    void shouldGoOnWithTheSequenceItHasWhenItHearsTheOthersAgain() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        cutOff("a");
        passSilence();
        cut.clear();
        passSilence();
        attach("c", "id", null, "again");
        deliver();
        assertEquals(
                List.of(new Done("c", new ResumableEffect.Connect<>("s@a", "again", null))),
                of(ResumableEffect.Connect.class));
    }

    @Test
    void shouldNotBeCutOffByTheLossOfHalf() {
        start("a", "b");
        replicated("a", "s", "id");
        cutOff("a");
        passSilence();
        assertEquals(List.of(), of(ResumableEffect.Detach.class));
        attach("a", "new", null, "new");
        assertEquals(2, of(ResumableEffect.Begin.class).size());
    }

    @Test
    void shouldKeepTheClientOfWhatNobodyElseHas() {
        gateways.put("a", new ResumableState<>("a", 1, new ResumableState.Limits(false, 0, 2, 1_000, SEARCH, SILENCE)));
        gateways.put("b", new ResumableState<>("b", 2, LIMITS));
        gateways.put("c", new ResumableState<>("c", 3, LIMITS));
        know(Set.of("a", "b", "c"));
        replicated("a", "s", "id");
        cutOff("a");
        passSilence();
        assertTrue(gateway("a").view().cutOff());
        assertEquals(List.of(), of(ResumableEffect.Detach.class));
        attach("a", "id", null, "again");
        assertEquals(
                List.of(new Done("a", new ResumableEffect.Connect<>("s@a", "again", null))),
                of(ResumableEffect.Connect.class));
    }

    @Test
    void shouldKeepTheClientOfAFinishedAnswer() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        at("a", (state, time) -> state.finished("s", "s@a", 10));
        cutOff("a");
        passSilence();
        assertEquals(List.of(), of(ResumableEffect.Detach.class));
    }

    @Test
    void shouldSendElsewhereWhoWaitsWhileItIsCutOff() {
        start("a", "b", "c");
        attach("a", "first", null, "begins");
        deliver();
        cutOff("a");
        passSilence();
        begun("a", "s", 1, "first", "begins");
        assertEquals(List.of(new Done("a", new ResumableEffect.Detach<>("s@a"))), of(ResumableEffect.Detach.class));
    }

    @Test
    void shouldNotBeginWhatItCannotAskTheOthersForWhenItIsCutOff() {
        start("a", "b", "c");
        cutOff("a");
        for (int i = 0; i < 9; i++) {
            now += SILENCE / 10;
            tick("a");
        }
        attach("a", "id", null, "client");
        now += SILENCE / 10;
        tick("a");
        now += SILENCE / 10;
        tick("a");
        assertEquals(
                FailureKind.CUT_OFF,
                refusal(of(ResumableEffect.Refuse.class).get(0)).kind());
        assertEquals(List.of(), of(ResumableEffect.Begin.class));
    }

    @Test
    void shouldLeaveWhatOthersHaveToThemWhileItIsCutOff() {
        start("a", "b", "c", "d", "e");
        replicated("a", "s", "id");
        cutOff("a");
        // One of four answers: that is no majority.
        cut.remove(Set.of("a", "c"));
        passSilence();
        attach("c", "id", null, "again");
        deliver();
        assertEquals(List.of(), of(ResumableEffect.Connect.class));
        now += SEARCH;
        tick("c");
        assertEquals(
                List.of("c"),
                of(ResumableEffect.Resume.class).stream().map(Done::at).toList());
    }

    @Test
    void shouldReplicateElsewhereWhenTheHolderIsSilent() {
        start("a", "b", "c");
        replicated("a", "s", "id");
        cutOff("b");
        passSilence();
        assertEquals(1, gateway("c").view().replicas());
        at("a", (state, time) -> state.freed("s", "s@a"));
        cut.clear();
        deliver();
        assertEquals(0, gateway("c").view().replicas());
    }

    /** Nothing passes between this gateway and the others. */
    private void cutOff(String name) {
        for (String other : gateways.keySet()) {
            if (!other.equals(name)) {
                cut.add(Set.of(name, other));
            }
        }
    }

    /** Until whoever is silent is known to be, and a question more. */
    private void passSilence() {
        for (int i = 0; i < 15; i++) {
            now += SILENCE / 10;
            gateways.keySet().forEach(this::tick);
        }
    }

    private void start(String... names) {
        int number = 0;
        for (String name : names) {
            gateways.put(name, new ResumableState<>(name, ++number, LIMITS));
        }
        know(Set.of(names));
    }

    private void know(Set<String> all) {
        for (String name : all) {
            Set<String> others = new HashSet<>(all);
            others.remove(name);
            at(name, (state, time) -> state.gateways(others, time));
        }
    }

    private void die(String name) {
        gateways.remove(name);
        know(Set.copyOf(gateways.keySet()));
        deliver();
    }

    private void attach(String gateway, String id, @Nullable ReadSoFar read, String listener) {
        at(
                gateway,
                (state, time) -> state.attach(
                        new AttachRequest<>(Requests.request(1, 7L), Requests.resumption(id, "body"), read, listener),
                        time));
    }

    /** A new request, up to its sequence's start. */
    private void begin(String gateway, String sequence, String id) {
        attach(gateway, id, null, "client");
        deliver();
        begun(gateway, sequence, 1, id, "client");
    }

    private void begun(String gateway, String sequence, long epoch, String id, @Nullable String listener) {
        at(
                gateway,
                (state, time) -> state.begun(
                        Requests.resumption(id, "body"), sequence, epoch, listener, sequence + "@" + gateway));
    }

    private void replicated(String gateway, String sequence, String id) {
        begin(gateway, sequence, id);
        at(gateway, (state, time) -> state.accepted(Requests.record(sequence, 1, id, 1)));
        deliver();
    }

    private void progress(String gateway, TokenTail tail) {
        at(gateway, (state, time) -> state.progress(tail));
        tick(gateway);
    }

    private void tick(String gateway) {
        at(gateway, (state, time) -> state.tick(time));
        deliver();
    }

    private void at(
            String gateway,
            BiFunction<ResumableState<String, String>, Long, List<ResumableEffect<String, String>>> input) {
        ResumableState<String, String> state = gateway(gateway);
        for (ResumableEffect<String, String> effect : input.apply(state, now)) {
            if (effect instanceof ResumableEffect.Send<String, String>(var to, var message)) {
                network.add(new Message(gateway, to, message));
            } else {
                done.add(new Done(gateway, effect));
            }
        }
    }

    private void deliver() {
        while (!network.isEmpty()) {
            Message next = network.remove();
            boolean passes = !cut.contains(Set.of(next.from(), next.to())) && !deaf.contains(next.to());
            if (gateways.containsKey(next.to()) && passes) {
                at(next.to(), (state, time) -> state.receive(next.from(), next.message(), time));
            }
        }
    }

    private ResumableState<String, String> gateway(String name) {
        return Objects.requireNonNull(gateways.get(name), name);
    }

    private List<Done> of(Class<?> type) {
        return done.stream().filter(each -> type.isInstance(each.effect())).toList();
    }

    @SuppressWarnings("unchecked")
    private static ResumableEffect.Refuse<String, String> refusal(Done done) {
        return (ResumableEffect.Refuse<String, String>) done.effect();
    }

    private static String answer() {
        return Requests.record("s", 1, "id", 1).answer();
    }
}
