package troupe.actors.resume;

import java.util.ArrayList;
import java.util.List;

/** What one gateway wants done, in order. */
final class Outbox<L, S> {
    private final List<ResumableEffect<L, S>> effects = new ArrayList<>();

    void add(ResumableEffect<L, S> effect) {
        effects.add(effect);
    }

    /** To another gateway. */
    void send(String gateway, PeerMessage<L, S> message) {
        add(new ResumableEffect.Send<>(gateway, message));
    }

    /** Gives all, and keeps nothing. */
    List<ResumableEffect<L, S>> take() {
        List<ResumableEffect<L, S>> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }
}
