package troupe.kernels;

import java.lang.foreign.MemorySegment;

/** Argument checks whose messages carry the actual and the required value. */
final class Check {
    private Check() {}

    static void positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", at least 1 is required");
        }
    }

    static void index(String name, long value, long limit) {
        if (value < 0 || value >= limit) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", 0 or more and below " + limit + " is required");
        }
    }

    static void index(String name, int at, long value, long limit) {
        if (value < 0 || value >= limit) {
            throw new IllegalArgumentException(
                    name + "[" + at + "] is " + value + ", 0 or more and below " + limit + " is required");
        }
    }

    static void range(String name, int from, int to, long limit) {
        if (from < 0 || to < from || to > limit) {
            throw new IllegalArgumentException(
                    name + " range is " + from + ".." + to + ", an ascending one within 0.." + limit + " is required");
        }
    }

    static void floats(String name, MemorySegment segment, long elements) {
        bytes(name, segment, Math.multiplyExact(elements, (long) Float.BYTES));
    }

    static void bytes(String name, MemorySegment segment, long required) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(name + " is a heap segment, native memory is required");
        }
        if (segment.byteSize() < required) {
            throw new IllegalArgumentException(
                    name + " has " + segment.byteSize() + " bytes, " + required + " are required");
        }
    }

    static void heads(KvLayout layout, int heads) {
        if (heads < 1 || heads % layout.kvHeads() != 0) {
            throw new IllegalArgumentException("heads is " + heads + ", a positive multiple of the layout's "
                    + layout.kvHeads() + " kvHeads is required");
        }
    }
}
