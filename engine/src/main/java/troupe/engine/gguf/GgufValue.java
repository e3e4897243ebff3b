package troupe.engine.gguf;

import java.util.List;

/** A metadata value. The eight integer types of the format become one, and so do the two floating-point types. */
public sealed interface GgufValue {
    /** Any integer type; a uint64 above 2^63-1 is refused when the file is read. */
    record IntegerValue(long value) implements GgufValue {}

    /** A float32 or a float64. */
    record FloatValue(double value) implements GgufValue {}

    record BooleanValue(boolean value) implements GgufValue {}

    record StringValue(String value) implements GgufValue {}

    /** An array of integers of one type. */
    final class IntegerArray implements GgufValue {
        private final long[] values;

        IntegerArray(long[] values) {
            this.values = values;
        }

        public int size() {
            return values.length;
        }

        public long get(int index) {
            return values[index];
        }
    }

    /** An array of floating-point numbers of one type. */
    final class FloatArray implements GgufValue {
        private final double[] values;

        FloatArray(double[] values) {
            this.values = values;
        }

        public int size() {
            return values.length;
        }

        public double get(int index) {
            return values[index];
        }
    }

    /** Strings; the list is immutable. */
    record StringArray(List<String> values) implements GgufValue {}

    /** Booleans (the list is immutable). */
    record BooleanArray(List<Boolean> values) implements GgufValue {}

    /** An array of arrays; the list is immutable. */
    record NestedArray(List<GgufValue> values) implements GgufValue {}

    /** What the value is, for messages. */
    default String describe() {
        return switch (this) {
            case IntegerValue v -> "the integer " + v.value();
            case FloatValue v -> "the number " + v.value();
            case BooleanValue v -> "the boolean " + v.value();
            case StringValue v -> "a string of " + v.value().length() + " characters";
            case IntegerArray v -> "an array of " + v.size() + " integers";
            case FloatArray v -> "an array of " + v.size() + " numbers";
            case StringArray v -> "an array of " + v.values().size() + " strings";
            case BooleanArray v -> "an array of " + v.values().size() + " booleans";
            case NestedArray v -> "an array of " + v.values().size() + " arrays";
        };
    }
}
