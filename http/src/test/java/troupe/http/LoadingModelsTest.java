package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.actors.testing.WordCodec;
import troupe.engine.TokenIds;

class LoadingModelsTest {
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("m", "s", "t"), 10, 10, TokenIds.EMPTY, new WordCodec(10));

    private final CompletableFuture<ServedModel> opening = new CompletableFuture<>();

    @Test
    void shouldGiveTheModelOnceItIsOpen() {
        CompletableFuture<ServedModel> waiting =
                new LoadingModels(Duration.ofHours(1), 1).await("m", opening).toCompletableFuture();
        assertFalse(waiting.isDone());
        opening.complete(MODEL);
        assertSame(MODEL, waiting.join());
    }

    @Test
    void shouldGiveUpAfterTheLimitAndLeaveTheModelToOthers() {
        ApiException late = refusal(new LoadingModels(Duration.ofMillis(1), 1).await("m", opening));
        assertEquals(503, late.status());
        assertEquals("model_loading", late.code());
        assertEquals("the model 'm' is still being loaded after 1 ms", late.text());
        assertFalse(opening.isDone());
    }

    @Test
    void shouldLetNoMoreWaitThanMay() {
        LoadingModels models = new LoadingModels(Duration.ofHours(1), 2);
        CompletionStage<ServedModel> first = models.await("m", opening);
        models.await("m", opening);
        ApiException full = assertThrows(ApiException.class, () -> models.await("m", opening));
        assertEquals(503, full.status());
        assertEquals("overloaded", full.code());
        opening.complete(MODEL);
        assertSame(MODEL, first.toCompletableFuture().join());
        // Those that have waited make room.
        models.await("m", new CompletableFuture<>());
    }

    @Test
    void shouldSayThatAModelCouldNotBeLoaded() {
        LoadingModels models = new LoadingModels(Duration.ofHours(1), 1);
        CompletionStage<ServedModel> waiting = models.await("m", opening);
        opening.completeExceptionally(new IllegalStateException("/secret/path is no model"));
        for (CompletionStage<ServedModel> each : List.of(waiting, models.await("m", opening))) {
            ApiException failed = refusal(each);
            assertEquals(503, failed.status());
            assertEquals("model_unavailable", failed.code());
            assertFalse(failed.text().contains("secret"));
        }
    }

    private static ApiException refusal(CompletionStage<ServedModel> stage) {
        CompletionException failure = assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        return (ApiException) ApiException.cause(failure);
    }
}
