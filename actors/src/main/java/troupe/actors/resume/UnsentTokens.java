package troupe.actors.resume;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Tokens that have not been sent to the holders of their sequences' replicas. */
final class UnsentTokens {
    /** That one message carries, so that no message outgrows what the transport takes. */
    static final int MOST_AT_ONCE = 2_048;

    private final Map<String, List<TokenTail>> byHolder = new LinkedHashMap<>();

    void add(String holder, TokenTail tail) {
        byHolder.computeIfAbsent(holder, ignored -> new ArrayList<>()).add(tail);
    }

    /** These are the gateways that are there. */
    void retain(Set<String> holders) {
        byHolder.keySet().retainAll(holders);
    }

    /** Whatever there is of the sequence is not needed. */
    void remove(String sequence) {
        byHolder.values()
                .forEach(tails -> tails.removeIf(tail -> tail.sequence().equals(sequence)));
    }

    /** Gives all, in messages for each holder, and keeps nothing. */
    void flush(BiConsumer<String, List<TokenTail>> message) {
        byHolder.forEach((holder, tails) -> {
            List<TokenTail> batch = new ArrayList<>();
            int tokens = 0;
            for (TokenTail tail : tails) {
                batch.add(tail);
                tokens += tail.tokens().size();
                if (tokens >= MOST_AT_ONCE) {
                    message.accept(holder, batch);
                    batch = new ArrayList<>();
                    tokens = 0;
                }
            }
            if (!batch.isEmpty()) {
                message.accept(holder, batch);
            }
        });
        byHolder.clear();
    }
}
