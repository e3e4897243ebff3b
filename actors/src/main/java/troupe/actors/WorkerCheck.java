package troupe.actors;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which workers a gateway takes. No actors, no clock. */
final class WorkerCheck {
    /** What is said of a worker that offers itself. */
    sealed interface Answer {
        record Taken() implements Answer {}

        /** Its model is still on the way here, or no longer deployed: it asks again. */
        record NotYet() implements Answer {}

        /** {@code news}: it was not refused for this reason before. */
        record Refused(String reason, boolean news) implements Answer {}
    }

    /** Workers whose refusal is remembered, so that it is logged once. */
    private static final int MOST_REFUSED = 1_024;

    private final Protocol protocol;
    private final ServedModels models;
    private final Map<String, String> refused = new HashMap<>();

    WorkerCheck(Protocol protocol, ServedModels models) {
        this.protocol = protocol;
        this.models = models;
    }

    Answer check(Gateway.WorkerUp up) {
        String name = up.worker().name();
        if (protocol.accepts(up.protocol().version())
                && models.now(up.model().name()).isEmpty()) {
            return new Answer.NotYet();
        }
        Optional<String> reason = reason(up);
        if (reason.isEmpty()) {
            refused.remove(name);
            return new Answer.Taken();
        }
        boolean news = refused.size() < MOST_REFUSED && !reason.get().equals(refused.put(name, reason.get()));
        return new Answer.Refused(reason.get(), news);
    }

    private Optional<String> reason(Gateway.WorkerUp up) {
        if (!protocol.accepts(up.protocol().version())) {
            return Optional.of("it speaks protocol " + up.protocol().version() + " (release "
                    + up.protocol().release() + "), this gateway " + protocol.version() + " (release "
                    + protocol.release() + ")");
        }
        if (up.info().blockTokens() < 1) {
            return Optional.of("its KV blocks have " + up.info().blockTokens() + " tokens, at least 1 is required");
        }
        return models.now(up.model().name())
                .filter(model -> !model.id().equals(up.model()))
                .map(model -> "of the model " + model.name() + ", " + up.model().difference(model.id()));
    }
}
