package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NodeEndTest {
    private static final int LIMIT_SECONDS = 20;

    private static Behavior<String> stopsAfter(CountDownLatch released) {
        return Behaviors.receive(String.class)
                .onSignal(PostStop.class, signal -> {
                    released.await();
                    return Behaviors.same();
                })
                .build();
    }

    private static ActorSystem<String> system(CountDownLatch released) {
        return ActorSystem.create(
                stopsAfter(released), "ends", ConfigFactory.parseString("""
                        akka.actor.provider = local
                        akka.coordinated-shutdown.exit-jvm = off
                        akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                        akka.coordinated-shutdown.phases.actor-system-terminate.timeout = 200 ms
                        """).withFallback(ConfigFactory.load()));
    }

    @Test
    void shouldNotWaitForAnActorThatDoesNotStop() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        ActorSystem<String> system = system(released);
        var end = NodeEnd.of(system).toCompletableFuture();
        try {
            var _ = CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.clusterDowningReason());
            end.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            assertFalse(system.getWhenTerminated().toCompletableFuture().isDone(), "its actor still stops");
        } finally {
            released.countDown();
        }
        system.getWhenTerminated().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldComeWithTheEndOfTheSystem() throws Exception {
        ActorSystem<String> system = system(new CountDownLatch(0));
        var end = NodeEnd.of(system).toCompletableFuture();
        assertFalse(end.isDone());
        system.terminate();
        end.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
}
