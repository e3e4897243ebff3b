package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import troupe.kernels.HugePages;

/**
 * A model's packed weights in memory.
 *
 * @param data the packed form, not to be written to
 * @param shared whether they are the pages of one file, which all processes that map it share
 */
record PackedWeights(MemorySegment data, boolean shared) {
    /** Bytes in huge pages now; takes milliseconds. */
    long hugePageBytes() {
        return HugePages.bytesUnder(data);
    }
}
