package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorSystem;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.ListenerMessage;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.actors.SequenceEvent;
import troupe.engine.EngineEvent;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.Gate;

/** More requests than a node can take, or than it can answer at once. */
@Timeout(120)
class OverloadTest {
    /** One runs, one waits at the engine, and all others wait in the gateway. */
    private static final String ONE_AT_A_TIME = "troupe.engine.max-sequences = 1\n";

    @Test
    void shouldServeATenantsSingleRequestNextHoweverManyAnotherOneHasWaiting() throws Exception {
        try (TestServer server = new TestServer(ONE_AT_A_TIME)) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            ActorSystem<?> system = server.node.system();
            TestProbe<ListenerMessage> flood = TestProbe.create(system);
            TestProbe<ListenerMessage> single = TestProbe.create(system);
            for (int i = 0; i < 200; i++) {
                open(server, new Tenant("flood", 1), i, flood);
            }
            gate.awaitArrival();
            server.awaitWaiting(198);
            open(server, new Tenant("single", 1), 7, single);
            server.submissions.acquire(3); // two of the flood's, and the single one, which waits for no room
            assertEquals(198, server.status().waitingAttempts());
            gate.open();

            String sequence = "";
            while (sequence.isEmpty()) {
                if (single.receiveMessage(Duration.ofSeconds(30)) instanceof SequenceEvent.Completed completed) {
                    sequence = completed.sequence();
                }
            }
            List<String> order = new ArrayList<>();
            for (int i = 0; i < 201; i++) {
                order.add(server.await(EngineEvent.Started.class).key().sequence());
            }
            assertEquals(1, order.indexOf(sequence), "after the one that ran");
        }
    }

    @Test
    void shouldAnswerEveryRequestOfABurstOnceRightlyOrWithWhenToTryAgain() throws Exception {
        try (TestServer server =
                new TestServer("troupe.http.max-open-requests = 16\ntroupe.engine.max-sequences = 2\n")) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            CountDownLatch refused = new CountDownLatch(300 - 16);
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String body = TestServer.completion(1 + i % 40, 8, i).toString();
                responses.add(server.client
                        .sendAsync(server.post("/v1/completions", body), HttpResponse.BodyHandlers.ofString())
                        .whenComplete((response, failure) -> refused.countDown()));
            }
            // Before anything is computed.
            assertTrue(refused.await(60, TimeUnit.SECONDS));
            gate.open();

            int answered = 0;
            for (int i = 0; i < 300; i++) {
                HttpResponse<String> response = responses.get(i).join();
                if (response.statusCode() == 200) {
                    answered++;
                    assertEquals(
                            TestServer.expected(1 + i % 40, 8, i, 0),
                            TestServer.JSON
                                    .readTree(response.body())
                                    .at("/choices/0/text")
                                    .asText());
                } else {
                    assertEquals(503, response.statusCode(), response.body());
                    assertTrue(Integer.parseInt(
                                    response.headers().firstValue("Retry-After").orElse("0"))
                            >= 1);
                }
            }
            assertEquals(16, answered);
            assertEquals(16, server.submissions.availablePermits());
            assertEquals(0, server.openRequests());
        }
    }

    @Test
    void shouldRefuseAFloodsSurplusByItsShareAndTakeAnotherTenantsRequest() throws Exception {
        try (TestServer server = new TestServer(
                ONE_AT_A_TIME + "troupe.http.max-open-requests = 10\ntroupe.http.tenant-share = 0.5\n")) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            ActorSystem<?> system = server.node.system();
            TestProbe<ListenerMessage> flood = TestProbe.create(system);
            TestProbe<ListenerMessage> surplus = TestProbe.create(system);
            TestProbe<ListenerMessage> other = TestProbe.create(system);
            Tenant tenant = new Tenant("flood", 1);
            for (int i = 0; i < 5; i++) {
                open(server, tenant, i, flood);
            }
            open(server, tenant, 6, surplus);
            SequenceEvent.Failed failed = surplus.expectMessageClass(SequenceEvent.Failed.class);
            ApiException refusal = ApiException.of(failed, "prompt");
            assertEquals(429, refusal.status());
            assertTrue(refusal.retrySeconds().isPresent());
            open(server, new Tenant("other", 1), 7, other);
            server.awaitWaiting(4);
            gate.open();
            ListenerMessage event = other.receiveMessage(Duration.ofSeconds(30));
            while (!(event instanceof SequenceEvent.Terminal)) {
                event = other.receiveMessage(Duration.ofSeconds(30));
            }
            assertTrue(event instanceof SequenceEvent.Completed, event::toString);
        }
    }

    @Test
    void shouldEndWhatWaitsAtItsDeadline() throws Exception {
        try (TestServer server = new TestServer(ONE_AT_A_TIME)) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            var first = send(server, 1);
            gate.awaitArrival();
            var second = send(server, 2);
            server.submissions.acquire(2);
            HttpResponse<String> late = server.send(HttpRequest.newBuilder(
                            server.post(
                                    "/v1/completions",
                                    TestServer.completion(3, 5, 3).toString()),
                            (name, value) -> true)
                    .header("X-Request-Timeout", "0.2")
                    .build());
            assertEquals(504, late.statusCode());
            assertTrue(late.body().contains("200 ms"), late.body());
            server.awaitWaiting(0);
            gate.open();
            assertEquals(200, first.join().statusCode());
            assertEquals(200, second.join().statusCode());
            assertEquals(0, server.submissions.availablePermits(), "nothing more came to the engine");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "soon", "3600.5"})
    void shouldRefuseABadTimeoutNamingIt(String value) throws Exception {
        try (TestServer server = new TestServer("")) {
            HttpResponse<String> response = server.send(HttpRequest.newBuilder(
                            server.post(
                                    "/v1/completions",
                                    TestServer.completion(3, 5, 3).toString()),
                            (name, each) -> true)
                    .header("X-Request-Timeout", value)
                    .build());
            assertEquals(400, response.statusCode());
            assertEquals(
                    "X-Request-Timeout",
                    TestServer.JSON.readTree(response.body()).at("/error/param").asText());
        }
    }

    @Test
    void shouldFreeThePlaceOfAClientThatGoesAwayWhileItWaits() throws Exception {
        try (TestServer server = new TestServer(ONE_AT_A_TIME)) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            var first = send(server, 1);
            gate.awaitArrival();
            var second = send(server, 2);
            server.submissions.acquire(2);
            Socket leaving = server.connect(TestServer.completion(3, 5, 3), "leaving");
            server.awaitWaiting(1);
            assertEquals(3, server.openRequests());
            leaving.close();
            server.awaitWaiting(0);
            assertEquals(2, server.openRequests());
            gate.open();
            assertEquals(200, first.join().statusCode());
            assertEquals(200, second.join().statusCode());
            assertEquals(0, server.submissions.availablePermits());
        }
    }

    @Test
    void shouldRefuseWhatTheMemoryDoesNotHoldAndTakeItLater() throws Exception {
        try (TestServer server = new TestServer("troupe.http.memory = 100 KiB")) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            var first = send(server, 1, 400);
            gate.awaitArrival();
            HttpResponse<String> refused = send(server, 2, 400).join();
            assertEquals(503, refused.statusCode(), refused.body());
            assertEquals(
                    "out_of_memory",
                    TestServer.JSON.readTree(refused.body()).at("/error/code").asText());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
            gate.open();
            assertEquals(200, first.join().statusCode());
            assertEquals(200, send(server, 2, 400).join().statusCode());
        }
    }

    private static CompletableFuture<HttpResponse<String>> send(TestServer server, int prompt) {
        return send(server, prompt, 5);
    }

    private static CompletableFuture<HttpResponse<String>> send(TestServer server, int prompt, int maxTokens) {
        return server.client.sendAsync(
                server.post(
                        "/v1/completions",
                        TestServer.completion(prompt, maxTokens, 1).toString()),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void open(TestServer server, Tenant tenant, int prompt, TestProbe<ListenerMessage> listener) {
        GenerationRequest request = new GenerationRequest(
                new RequestTag("request", null),
                "stub",
                new Prompt.Tokens(TokenIds.of(1 + prompt % 100, 2, 3)),
                1,
                4,
                SamplingParams.greedy(4),
                1L,
                List.of(),
                false,
                true,
                0,
                "",
                null,
                tenant);
        server.node.gateway().orElseThrow().tell(new Gateway.Open(request, listener.ref()));
    }
}
