package troupe.cluster.simulation.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import troupe.actors.DeathCause;
import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/** Requests of all kinds from a seed: several choices, stop strings, long prompts, shared beginnings, short deadlines. */
final class RequestMix {
    static final int LONGEST_PROMPT = 60;
    static final int LONGEST_OUTPUT = 24;

    private static final int FAMILIES = 3;
    private static final long SPAN_NANOS = 2_000_000_000;
    private static final List<Tenant> TENANTS = List.of(Tenant.NONE, new Tenant("one", 1), new Tenant("two", 2));
    /** Longer than anyone waits for the end of a run, so that a request that hangs is not ended by it. */
    private static final Duration PATIENT = Duration.ofSeconds(40);

    private static final Duration PATIENT_WITH_POISON = Duration.ofSeconds(110);
    /** It need not be found before the others' patience ends. */
    private static final Duration POISONOUS = Duration.ofSeconds(20);

    private static final List<DeathCause> CAUSES = List.of(DeathCause.SIGSEGV, DeathCause.ENGINE_FAILURE);

    private final SplittableRandom random;
    private final int vocabulary;
    private final int gateways;
    private final Duration patient;
    private final List<TokenIds> beginnings = new ArrayList<>();

    private RequestMix(SplittableRandom random, int vocabulary, int gateways, Duration patient) {
        this.random = random;
        this.vocabulary = vocabulary;
        this.gateways = gateways;
        this.patient = patient;
        for (int i = 0; i < FAMILIES; i++) {
            beginnings.add(tokens(LONGEST_PROMPT));
        }
    }

    static List<RequestPlan> draw(
            SplittableRandom random, int count, int vocabulary, int gateways, boolean isPoisoned) {
        RequestMix mix = new RequestMix(random, vocabulary, gateways, isPoisoned ? PATIENT_WITH_POISON : PATIENT);
        int poisonous = isPoisoned ? random.nextInt(count) : -1;
        List<RequestPlan> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(mix.next("r" + i, i == poisonous));
        }
        return requests;
    }

    private RequestPlan next(String id, boolean isPoisonous) {
        TokenIds prompt = prompt();
        int tokens = 1 + random.nextInt(LONGEST_OUTPUT);
        SamplingParams sampling = new SamplingParams(
                0f,
                0,
                1f,
                0f,
                1f,
                0f,
                0f,
                tokens,
                random.nextInt(4) == 0 ? random.nextInt(tokens + 1) : 0,
                random.nextBoolean(),
                random.nextInt(4) == 0 ? TokenIds.of(1 + random.nextInt(20)) : TokenIds.EMPTY,
                random.nextInt(3) - 1,
                random.nextInt(4) == 0 ? 0 : -1);
        boolean resumable = random.nextBoolean();
        Duration timeout = random.nextInt(8) == 0
                ? Duration.ofMillis(1 + random.nextInt(2_000))
                : isPoisonous ? POISONOUS : patient;
        Duration grace = Duration.ofMillis(500 + random.nextInt(5_000));
        Poison poison =
                isPoisonous ? new Poison(random.nextInt(tokens), CAUSES.get(random.nextInt(CAUSES.size()))) : null;
        Tenant tenant = TENANTS.get(random.nextInt(TENANTS.size()));
        return plan(
                id,
                random.nextLong(SPAN_NANOS),
                random.nextInt(gateways),
                prompt,
                1 + (random.nextInt(3) == 0 ? random.nextInt(3) : 0),
                sampling,
                random.nextLong(),
                stop(),
                random.nextInt(3),
                timeout,
                resumable,
                grace,
                tenant,
                poison);
    }

    private TokenIds prompt() {
        int shared = random.nextBoolean() ? random.nextInt(LONGEST_PROMPT) : 0;
        TokenIds beginning = beginnings.get(random.nextInt(FAMILIES)).slice(0, shared);
        int own = 1 + random.nextInt(LONGEST_PROMPT - shared);
        int[] all = new int[shared + own];
        beginning.copyTo(all, 0);
        tokens(own).copyTo(all, shared);
        return TokenIds.of(all);
    }

    private TokenIds tokens(int count) {
        return TokenIds.of(random.ints(count, 0, vocabulary).toArray());
    }

    private List<String> stop() {
        return switch (random.nextInt(4)) {
            case 0 -> List.of(letter());
            case 1 -> List.of(letter() + letter(), letter() + letter() + letter());
            default -> List.of();
        };
    }

    private String letter() {
        return String.valueOf((char) ('a' + random.nextInt(26)));
    }

    /** A request as it is asked; {@code sampling} is resolved. */
    static RequestPlan plan(
            String id,
            long atNanos,
            int gateway,
            TokenIds prompt,
            int choices,
            SamplingParams sampling,
            long seed,
            List<String> stop,
            int priority,
            Duration timeout,
            boolean resumable,
            Duration grace,
            Tenant tenant,
            @Nullable Poison poison) {
        GenerationRequest request = new GenerationRequest(
                new RequestTag(id, null),
                FaultSimulation.MODEL,
                new Prompt.Tokens(prompt),
                choices,
                sampling.maxTokens(),
                sampling,
                seed,
                stop,
                false,
                true,
                priority,
                "",
                timeout,
                tenant);
        return new RequestPlan(
                id, atNanos, gateway, request, prompt, sampling, seed, timeout, resumable, grace, poison);
    }
}
