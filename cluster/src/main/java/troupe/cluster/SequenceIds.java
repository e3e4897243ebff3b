package troupe.cluster;

import java.util.HexFormat;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Makes the ids of sequences: {@code <gateway slot>-<96 random bits in hexadecimal>}, each unique in the cluster. */
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
}
