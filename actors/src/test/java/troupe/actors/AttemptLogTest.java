package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

class AttemptLogTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final AttemptKey KEY = new AttemptKey("s", 1, 2, 3);

    private final TestProbe<Gateway.Command> gateway = KIT.createTestProbe();
    private final TestProbe<Sequence.Command> owner = KIT.createTestProbe();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("troupe.attempt");
    private long nanos;
    private final AttemptLog log = new AttemptLog("w", () -> nanos);

    @BeforeEach
    void listen() {
        lines.start();
        logger.setLevel(Level.DEBUG);
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldNameTheRequestAndItsTraceInTheLineOfAnAttempt() {
        log.submitted(submit(KEY, new RequestTag("request", "trace")), Admission.ACCEPTED);
        nanos = 7_000_000;
        log.events(List.of(
                new EngineEvent.Started(KEY, 2, 1),
                new EngineEvent.Tokens(KEY, 1, List.of(new ScoredToken(5, 0, List.of()))),
                new EngineEvent.Finished(KEY, EngineEvent.FinishReason.LENGTH)));

        Map<String, String> expected = new TreeMap<>(Map.of(
                "id", "request",
                "trace_id", "trace",
                "sequence", "s",
                "choice", "3",
                "attempt", "2",
                "worker", "w",
                "prompt_tokens", "4",
                "cached_tokens", "2",
                "output_tokens", "1"));
        expected.put("total_ms", "7");
        expected.put("outcome", "length");
        assertEquals(List.of(expected), values());
        // The gateway is on this node and writes a line of its own.
        assertEquals(Level.DEBUG, lines.list.getFirst().getLevel());
    }

    @Test
    void shouldWriteOneLineHoweverOftenAnAttemptComesAndEnds() {
        Batcher.Submit submit = submit(KEY, new RequestTag("request", null));
        log.submitted(submit, Admission.ACCEPTED);
        log.submitted(submit, Admission.ACCEPTED);
        log.events(List.of(new EngineEvent.Cancelled(KEY)));
        log.events(List.of(new EngineEvent.Cancelled(KEY)));
        log.lost("late");

        assertEquals(1, values().size());
        assertEquals("cancelled", values().getFirst().get("outcome"));
        assertFalse(values().getFirst().containsKey("trace_id"));
    }

    @Test
    void shouldWarnOfFailuresAndOfWhatADeadEngineHad() {
        AttemptKey other = new AttemptKey("other", 1, 0, 0);
        log.submitted(submit(KEY, new RequestTag("first", null)), Admission.ACCEPTED);
        log.submitted(submit(other, new RequestTag("second", null)), Admission.ACCEPTED);
        log.events(List.of(new EngineEvent.Failed(KEY, EngineEvent.FailureReason.NUMERICS, "not finite")));
        log.lost("no device");

        assertEquals(List.of("first", "second"), column("id"));
        assertEquals(List.of("NUMERICS: not finite", "lost: no device"), column("outcome"));
        lines.list.forEach(line -> assertEquals(Level.WARN, line.getLevel()));
    }

    @Test
    void shouldSayWhatItRefusesAndHandsOver() {
        log.submitted(submit(new AttemptKey("full", 1, 0, 0), new RequestTag("first", null)), Admission.FULL);
        log.submitted(submit(KEY, new RequestTag("second", null)), Admission.ACCEPTED);
        log.handedOver();

        assertEquals(List.of("first", "second"), column("id"));
        assertEquals(List.of("full", "handed over"), column("outcome"));
    }

    private Batcher.Submit submit(AttemptKey attempt, RequestTag request) {
        return new Batcher.Submit(
                attempt,
                request,
                TokenIds.of(1, 2, 3),
                TokenIds.of(4),
                SamplingParams.greedy(5),
                1,
                0,
                1,
                "",
                Tenant.NONE,
                owner.ref(),
                gateway.ref());
    }

    private List<String> column(String key) {
        return values().stream().map(line -> line.get(key)).toList();
    }

    private List<Map<String, String>> values() {
        List<Map<String, String>> all = new ArrayList<>();
        for (ILoggingEvent line : lines.list) {
            Map<String, String> values = new TreeMap<>();
            for (KeyValuePair pair : line.getKeyValuePairs()) {
                values.put(pair.key, String.valueOf(pair.value));
            }
            all.add(values);
        }
        return all;
    }
}
