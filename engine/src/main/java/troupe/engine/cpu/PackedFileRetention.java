package troupe.engine.cpu;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which packed files may go: those of outdated layouts at once; and while all take more than the limit, those that have
 * not been used for the longest time, if that is {@link #LONG_UNUSED} or more. Files in use count and are kept by
 * whoever removes.
 *
 * @param limitBytes what may be kept whatever its age
 */
record PackedFileRetention(long limitBytes) {
    static final PackedFileRetention DEFAULT = new PackedFileRetention(32L << 30);
    static final Duration LONG_UNUSED = Duration.ofDays(30);

    /** A file that is there. */
    record Kept(Path path, PackedFileName name, long bytes, Instant lastUse) {}

    /** A file that may go, and why. */
    record Removal(Kept file, String reason) {}

    /** In the order in which they should be removed. */
    List<Removal> removals(List<Kept> files, Instant now) {
        List<Removal> removals = new ArrayList<>();
        List<Kept> current = new ArrayList<>();
        long total = 0;
        for (Kept file : files) {
            if (file.name().isOutdated()) {
                removals.add(new Removal(file, "its layout is outdated"));
            } else {
                current.add(file);
                total += file.bytes();
            }
        }
        current.sort(Comparator.comparing(Kept::lastUse));
        for (Kept file : current) {
            Duration unused = Duration.between(file.lastUse(), now);
            if (total <= limitBytes || unused.compareTo(LONG_UNUSED) < 0) {
                break;
            }
            removals.add(new Removal(
                    file,
                    "unused for " + unused.toDays() + " days, and the packed files take more than " + (limitBytes >> 20)
                            + " MiB"));
            total -= file.bytes();
        }
        return removals;
    }
}
