package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SupervisionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long STEP =
            Duration.ofSeconds(30).plus(Supervision.MARGIN).toNanos();

    private static final NodeSpec GATEWAY = new NodeSpec("gateway-0", true, "gateway-0:1", List.of());
    private static final NodeSpec WORKER_0 = new NodeSpec("worker-0", false, "worker-0:1", List.of());
    private static final NodeSpec WORKER_1 = new NodeSpec("worker-1", false, "worker-1:1", List.of());

    private final List<String> done = new ArrayList<>();
    private final Supervision supervision = new Supervision(
            List.of(GATEWAY, WORKER_0, WORKER_1),
            () -> new RestartPolicy(Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofSeconds(60)),
            Duration.ofSeconds(30),
            new Supervision.Actions() {
                @Override
                public void start(NodeSpec node, boolean again) {
                    done.add((again ? "start again " : "start ") + node.name());
                }

                @Override
                public void drain(NodeSpec node) {
                    done.add("drain " + node.name());
                }

                @Override
                public void terminate(NodeSpec node) {
                    done.add("terminate " + node.name());
                }

                @Override
                public void kill(NodeSpec node) {
                    done.add("kill " + node.name());
                }

                @Override
                public void died(NodeSpec node, int status, long waitNanos) {
                    done.add("died " + node.name() + " " + status + " " + waitNanos / SECOND);
                }

                @Override
                public void left(NodeSpec node) {
                    done.add("left " + node.name());
                }
            });

    private void assertDone(String... actions) {
        assertEquals(List.of(actions), done);
        done.clear();
    }

    private void beginAll() {
        supervision.begin(0);
        assertDone("start gateway-0", "start worker-0", "start worker-1");
        supervision.ready("gateway-0");
        supervision.ready("worker-0");
        assertFalse(supervision.allReady());
        supervision.ready("worker-1");
        assertTrue(supervision.allReady());
    }

    @Test
    void shouldStartANodeAgainOnceItsWaitIsOver() {
        beginAll();
        supervision.ended("worker-0", 137, 10 * SECOND);
        assertDone("died worker-0 137 1");
        long again = 10 * SECOND + Supervision.TAKEOVER.toNanos(); // longer than the policy's
        assertEquals(again, supervision.nextTick());
        supervision.tick(again - 1);
        assertDone();
        supervision.tick(again);
        assertDone("start again worker-0");
        assertEquals(Long.MAX_VALUE, supervision.nextTick());
        supervision.ended("worker-0", 137, 12 * SECOND);
        supervision.ended("worker-1", 1, 12 * SECOND);
        assertDone("died worker-0 137 2", "died worker-1 1 1");
    }

    @Test
    void shouldNotLeaveTimeToOthersThatAreNotThere() {
        beginAll();
        supervision.ended("gateway-0", 137, 10 * SECOND);
        assertEquals(11 * SECOND, supervision.nextTick());
        supervision.ended("worker-0", 137, 10 * SECOND);
        supervision.ended("worker-1", 137, 10 * SECOND + 1);
        supervision.tick(11 * SECOND + 1);
        assertDone(
                "died gateway-0 137 1",
                "died worker-0 137 1",
                "died worker-1 137 1",
                "start again gateway-0",
                "start again worker-1");
    }

    @Test
    void shouldEndWorkersOnceTheGatewaysHaveDrainedAndGatewaysLast() {
        beginAll();
        supervision.stop(20 * SECOND);
        assertDone("drain gateway-0");
        supervision.drained("gateway-0", 21 * SECOND);
        assertDone("terminate worker-0", "terminate worker-1");
        supervision.ended("worker-1", 0, 22 * SECOND);
        assertDone();
        supervision.ended("worker-0", 0, 23 * SECOND);
        assertDone("terminate gateway-0");
        assertFalse(supervision.hasEnded());
        supervision.ended("gateway-0", 0, 24 * SECOND);
        assertTrue(supervision.hasEnded());
        assertTrue(supervision.culprit().isEmpty());
        assertDone();
    }

    @Test
    void shouldNotWaitLongerThanTheLimitsOfItsSteps() {
        beginAll();
        supervision.stop(0);
        supervision.stop(1);
        assertDone("drain gateway-0");
        assertEquals(STEP, supervision.nextTick());
        supervision.tick(STEP);
        assertDone("terminate worker-0", "terminate worker-1");
        supervision.ended("worker-0", 143, STEP);
        supervision.tick(2 * STEP);
        assertDone("kill worker-1");
        supervision.ended("worker-1", 137, 2 * STEP);
        assertDone("terminate gateway-0");
        supervision.tick(3 * STEP);
        assertDone("kill gateway-0");
        supervision.ended("gateway-0", 137, 3 * STEP);
        assertTrue(supervision.hasEnded());
    }

    @Test
    void shouldStartNobodyWhileItEnds() {
        beginAll();
        supervision.ended("worker-0", 137, SECOND);
        assertDone("died worker-0 137 1");
        supervision.stop(SECOND);
        supervision.ended("gateway-0", 137, SECOND + 1);
        assertDone("drain gateway-0", "terminate worker-1");
        supervision.tick(10 * SECOND);
        assertDone();
        supervision.ended("worker-1", 0, 10 * SECOND);
        assertTrue(supervision.hasEnded());
    }

    @Test
    void shouldEndWhatHasNotStartedYetWithoutDraining() {
        supervision.begin(0);
        done.clear();
        supervision.ready("worker-0");
        supervision.stop(SECOND);
        assertDone("terminate gateway-0", "terminate worker-0", "terminate worker-1");
    }

    @Test
    void shouldGiveUpWhenANodeCannotStartForAReasonOfItsUsers() {
        supervision.begin(0);
        supervision.ready("gateway-0");
        supervision.ended("worker-1", 1, SECOND);
        assertEquals(WORKER_1, supervision.culprit().orElseThrow());
        supervision.drained("gateway-0", SECOND);
        supervision.ended("worker-0", 143, SECOND);
        supervision.ended("gateway-0", 0, SECOND);
        assertTrue(supervision.hasEnded());
    }

    @Test
    void shouldKeepTryingWhenANodeIsKilledBeforeItServed() {
        supervision.begin(0);
        done.clear();
        supervision.ended("worker-1", 137, SECOND);
        assertDone("died worker-1 137 1");
    }

    @Test
    void shouldNotStartANodeThatHasLeftAndEndWithTheLastOne() {
        beginAll();
        supervision.ended("worker-0", 0, SECOND);
        assertDone("left worker-0");
        assertEquals(Long.MAX_VALUE, supervision.nextTick());
        supervision.ended("worker-1", 0, SECOND);
        supervision.ended("gateway-0", 0, SECOND);
        assertDone("left worker-1", "left gateway-0");
        assertTrue(supervision.hasEnded());
    }

    @Test
    void shouldRefuseTwoNodesOfOneName() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Supervision(
                        List.of(GATEWAY, GATEWAY), RestartPolicy::standard, Duration.ZERO, new NoActions()));
    }

    private static final class NoActions implements Supervision.Actions {
        @Override
        public void start(NodeSpec node, boolean again) {}

        @Override
        public void drain(NodeSpec node) {}

        @Override
        public void terminate(NodeSpec node) {}

        @Override
        public void kill(NodeSpec node) {}

        @Override
        public void died(NodeSpec node, int status, long waitNanos) {}

        @Override
        public void left(NodeSpec node) {}
    }
}
