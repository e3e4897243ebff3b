package troupe.http;

import java.util.concurrent.CompletableFuture;

/** Tells, once, that the client has closed its connection, or that the connection is over. */
final class Disconnect {
    private final CompletableFuture<Boolean> happened = new CompletableFuture<>();

    void signal() {
        happened.complete(true);
    }

    /** Runs {@code action} when it happens, or now if it has. */
    void onSignal(Runnable action) {
        var ignored = happened.thenRun(action);
    }
}
