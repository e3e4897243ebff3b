package troupe.cluster;

import java.util.HexFormat;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Makes and reads the ids of sequences: {@code <gateway slot>-<96 random bits in hexadecimal>}. The slot is the shard, so
 * that a sequence lives where its request came in.
 */
final class SequenceIds implements Supplier<String> {
    private final String slot;
    private final LongSupplier random;

    /** @param slot one for each start of each gateway, without dashes */
    SequenceIds(String slot, LongSupplier random) {
        if (slot.isEmpty() || slot.indexOf('-') >= 0) {
            throw new IllegalArgumentException("a gateway slot is '" + slot + "', required is a text without dashes");
        }
        this.slot = slot;
        this.random = random;
    }

    @Override
    public String get() {
        HexFormat hex = HexFormat.of();
        return slot + "-" + hex.toHexDigits(random.getAsLong()) + hex.toHexDigits((int) random.getAsLong());
    }

    /** The shard that an id belongs to. */
    static String shard(String id) {
        int dash = id.indexOf('-');
        if (dash <= 0) {
            throw new IllegalArgumentException("sequence id '" + id + "' names no gateway slot");
        }
        return id.substring(0, dash);
    }
}
