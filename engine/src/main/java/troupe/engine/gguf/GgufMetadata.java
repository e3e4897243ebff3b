package troupe.engine.gguf;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a GGUF file with typed access. Every getter throws {@link ModelFormatException}, which names the key,
 * where a required key is missing, a value has another type, or a number is outside the given inclusive limits.
 */
public final class GgufMetadata {
    private final Map<String, GgufValue> entries;

    GgufMetadata(Map<String, GgufValue> entries) {
        this.entries = Collections.unmodifiableMap(entries);
    }

    /** The keys in the file's order. */
    public Set<String> keys() {
        return entries.keySet();
    }

    /** The value of {@code key} as it stands. */
    public Optional<GgufValue> value(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    public int requireInt(String key, int min, int max) {
        return integer(key, require(key), min, max);
    }

    public int intOr(String key, int absent, int min, int max) {
        GgufValue value = entries.get(key);
        return value == null ? absent : integer(key, value, min, max);
    }

    public OptionalInt optionalInt(String key, int min, int max) {
        GgufValue value = entries.get(key);
        return value == null ? OptionalInt.empty() : OptionalInt.of(integer(key, value, min, max));
    }

    /** A finite number; an integer counts as one. */
    public double requireNumber(String key, double min, double max) {
        return number(key, require(key), min, max);
    }

    /** A finite number, or {@code absent} where there is no such key. */
    public double numberOr(String key, double absent, double min, double max) {
        GgufValue value = entries.get(key);
        return value == null ? absent : number(key, value, min, max);
    }

    public String requireString(String key) {
        return string(key, require(key));
    }

    public Optional<String> optionalString(String key) {
        GgufValue value = entries.get(key);
        return value == null ? Optional.empty() : Optional.of(string(key, value));
    }

    public boolean booleanOr(String key, boolean absent) {
        GgufValue value = entries.get(key);
        if (value == null) {
            return absent;
        }
        if (value instanceof GgufValue.BooleanValue(boolean bool)) {
            return bool;
        }
        throw mismatch(key, "a boolean", value);
    }

    public GgufValue.StringArray requireStrings(String key) {
        GgufValue value = require(key);
        if (value instanceof GgufValue.StringArray strings) {
            return strings;
        }
        throw mismatch(key, "an array of strings", value);
    }

    public Optional<GgufValue.IntegerArray> optionalIntegers(String key) {
        GgufValue value = entries.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof GgufValue.IntegerArray integers) {
            return Optional.of(integers);
        }
        throw mismatch(key, "an array of integers", value);
    }

    private GgufValue require(String key) {
        @Nullable GgufValue value = entries.get(key);
        if (value == null) {
            throw new ModelFormatException("the metadata have no " + key);
        }
        return value;
    }

    private static int integer(String key, GgufValue value, int min, int max) {
        if (!(value instanceof GgufValue.IntegerValue(long number))) {
            throw mismatch(key, "an integer", value);
        }
        if (number < min || number > max) {
            throw new ModelFormatException(key + " is " + number + "; the limits are " + min + " and " + max);
        }
        return (int) number;
    }

    private static double number(String key, GgufValue value, double min, double max) {
        double number = switch (value) {
            case GgufValue.FloatValue(double v) -> v;
            case GgufValue.IntegerValue(long v) -> v;
            default -> throw mismatch(key, "a number", value);
        };
        if (!(number >= min && number <= max)) {
            throw new ModelFormatException(key + " is " + number + "; the limits are " + min + " and " + max);
        }
        return number;
    }

    private static String string(String key, GgufValue value) {
        if (value instanceof GgufValue.StringValue(String text)) {
            return text;
        }
        throw mismatch(key, "a string", value);
    }

    private static ModelFormatException mismatch(String key, String expected, GgufValue value) {
        return new ModelFormatException(key + " is " + value.describe() + "; it must be " + expected);
    }
}
