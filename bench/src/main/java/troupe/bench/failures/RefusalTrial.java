package troupe.bench.failures;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import troupe.multinode.chaos.Answer;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;

/** Far more requests at one moment than a gateway takes: when it says so, and whether the others are answered rightly. */
final class RefusalTrial {
    static final int REQUESTS = 300;
    /** Of the gateway. */
    static final int PLACES = 16;

    static final double TARGET_MILLIS = 50;

    private static final int DISTINCT = 20;
    private static final int TOKENS = 32;
    /** Bursts before those that count: during the first ones the compiler is the largest user of the processor. */
    static final int WARM_UP = 100;
    /** Clients have their connections open before; a server under the burst takes none. */
    private static final Duration ACCEPTING = Duration.ofSeconds(1);

    /**
     * Of all bursts.
     *
     * @param firstMillis from the request to its refusal, in the very first burst at a gateway that was just started
     * @param refusalMillis from the request to its refusal
     * @param refusals by status
     * @param answered with the undisturbed answer
     * @param wrong anything else: another answer, another status, a refusal without Retry-After
     */
    record Result(
            int bursts,
            List<Double> firstMillis,
            List<Double> refusalMillis,
            Map<Integer, Integer> refusals,
            int answered,
            int wrong) {
        Result {
            firstMillis = firstMillis.stream().sorted().toList();
            refusalMillis = refusalMillis.stream().sorted().toList();
            refusals = Map.copyOf(refusals);
        }
    }

    private final FailureOptions options;
    private final URI gateway;
    private final Consumer<String> say;

    /** @param gateway with {@value #PLACES} places, all of which one key may hold */
    RefusalTrial(FailureOptions options, URI gateway, Consumer<String> say) {
        this.options = options;
        this.gateway = gateway;
        this.say = say;
    }

    Result run(Asker asker) throws IOException, InterruptedException {
        List<Question> questions = new Prompts(options.modelName()).whole(DISTINCT, 16, 32, TOKENS);
        Map<Question, Answer> expected = new HashMap<>();
        for (Question question : questions) {
            Outcome outcome = asker.ask(question);
            Answer answer = outcome.answer();
            if (answer == null) {
                throw new IOException("no answer while nothing disturbs", outcome.failure());
            }
            expected.put(question, answer);
        }
        List<Burst.Sent> sent = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            Question question = questions.get(i % DISTINCT);
            sent.add(new Burst.Sent(i % 2 == 0 ? Keys.BUSY : Keys.LIMITED, question.path(), question.body()));
        }
        try (Burst clients = Burst.open(gateway, REQUESTS, ACCEPTING)) {
            List<Double> first = refusalMillis(clients.send(sent));
            for (int burst = 1; burst < WARM_UP; burst++) {
                clients.send(sent);
            }
            List<Double> millis = new ArrayList<>();
            Map<Integer, Integer> refusals = new HashMap<>();
            int answered = 0;
            int wrong = 0;
            for (int burst = 0; burst < options.readings(); burst++) {
                List<Burst.Reply> replies = clients.send(sent);
                List<Double> ofBurst = refusalMillis(replies);
                millis.addAll(ofBurst);
                for (int i = 0; i < REQUESTS; i++) {
                    Burst.Reply reply = replies.get(i);
                    if (isRefusal(reply)) {
                        refusals.merge(reply.status(), 1, Integer::sum);
                    } else if (isRight(reply, expected.get(questions.get(i % DISTINCT)))) {
                        answered++;
                    } else {
                        wrong++;
                        say.accept("  wrong: " + reply);
                    }
                }
                say.accept(String.format(
                        Locale.ROOT,
                        "burst %d/%d: the last refusal after %.0f ms; so far %s refused, %d answered, %d wrong",
                        burst + 1,
                        options.readings(),
                        Percentiles.of(ofBurst.stream().sorted().toList(), 100),
                        refusals,
                        answered,
                        wrong));
            }
            return new Result(options.readings(), first, millis, refusals, answered, wrong);
        }
    }

    private static boolean isRefusal(Burst.Reply reply) {
        return reply.isRefusal() && reply.retryAfter().isPresent();
    }

    private static List<Double> refusalMillis(List<Burst.Reply> replies) {
        return replies.stream()
                .filter(RefusalTrial::isRefusal)
                .map(Burst.Reply::millis)
                .toList();
    }

    private static boolean isRight(Burst.Reply reply, @org.jspecify.annotations.Nullable Answer expected) {
        try {
            return reply.status() == 200 && Answer.ofWhole(reply.body()).equals(expected);
        } catch (IOException e) {
            return false;
        }
    }
}
