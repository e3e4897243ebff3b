package troupe.actors.resume;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The finished answers that are kept for their clients to come back, and their bytes, the oldest first; within limits. */
final class FinishedAnswers {
    private final int most;
    private final long mostBytes;
    private final Map<String, Long> bytesOf = new LinkedHashMap<>();
    private long bytes;

    FinishedAnswers(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /** The same answer may come again. */
    void add(String sequence, long answerBytes) {
        if (bytesOf.putIfAbsent(sequence, answerBytes) == null) {
            bytes += answerBytes;
        }
    }

    boolean has(String sequence) {
        return bytesOf.containsKey(sequence);
    }

    void remove(String sequence) {
        Long freed = bytesOf.remove(sequence);
        bytes -= freed == null ? 0 : freed;
    }

    /** Forgets the oldest where the limits are passed; empty where they are not. */
    Optional<String> removeOldestPastLimits() {
        if (bytesOf.isEmpty() || (bytesOf.size() <= most && bytes <= mostBytes)) {
            return Optional.empty();
        }
        String oldest = bytesOf.keySet().iterator().next();
        remove(oldest);
        return Optional.of(oldest);
    }
}
