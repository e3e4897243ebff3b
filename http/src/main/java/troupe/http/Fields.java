package troupe.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.TokenIds;

/**
 * Reads the typed fields of a request and remembers which ones were asked for, so that the others can be told. A JSON
 * null is an absent field. Errors name the field, its value and what is allowed.
 */
final class Fields {
    private static final int SHOWN_CHARACTERS = 64;

    private final ObjectNode node;
    private final Set<String> known = new HashSet<>();

    Fields(ObjectNode node) {
        this.node = node;
    }

    /** The field's value, or null where it is absent. */
    @Nullable
    JsonNode get(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    boolean flag(String name, boolean absent) {
        JsonNode value = get(name);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrong(name, value, "true or false");
        }
        return value.booleanValue();
    }

    @Nullable
    String text(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw wrong(name, value, "a string");
        }
        return value.textValue();
    }

    @Nullable
    Long whole(String name, long min, long max) {
        JsonNode value = get(name);
        return value == null ? null : (Long) wholeOf(name, value, min, max);
    }

    int whole(String name, int min, int max, int absent) {
        Long value = whole(name, min, max);
        return value == null ? absent : Math.toIntExact(value);
    }

    /** A number within {@code [min, max]}, or without {@code min} if that is exclusive. */
    float number(String name, double min, boolean minExclusive, double max, float absent) {
        JsonNode value = get(name);
        if (value == null) {
            return absent;
        }
        // Compared as the float that is used: a tiny number must not pass as positive and then be zero.
        float number = value.isNumber() ? value.floatValue() : Float.NaN;
        if (!(number >= (float) min && number <= (float) max) || (minExclusive && number == (float) min)) {
            throw wrong(name, value, "a number " + (minExclusive ? "greater than " : "from ") + min + " to " + max);
        }
        return number;
    }

    /** A string, or a list of at most {@code most} strings. */
    List<String> texts(String name, int most, int longest) {
        JsonNode value = get(name);
        if (value == null) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(boundedText(name, value, longest));
        }
        ArrayNode array = list(name, value, most, "a string or a list of strings");
        List<String> texts = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            texts.add(boundedText(name + "[" + i + "]", array.get(i), longest));
        }
        return texts;
    }

    TokenIds tokenIds(String name, int most, int vocabularySize) {
        JsonNode value = get(name);
        return value == null ? TokenIds.EMPTY : tokenIdsOf(name, value, most, vocabularySize);
    }

    /** Names that nothing has asked for. */
    List<String> unknown() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                names.add(name);
            }
        });
        return names;
    }

    static TokenIds tokenIdsOf(String name, JsonNode value, int most, int vocabularySize) {
        ArrayNode array = list(name, value, most, "a list of token ids");
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(wholeOf(name + "[" + i + "]", array.get(i), 0, vocabularySize - 1L));
        }
        return TokenIds.of(ids);
    }

    static ArrayNode list(String name, JsonNode value, int most, String expected) {
        if (!(value instanceof ArrayNode array)) {
            throw wrong(name, value, expected);
        }
        if (array.size() > most) {
            throw ApiException.invalid(
                    name, name + " has " + array.size() + " elements, at most " + most + " are allowed");
        }
        return array;
    }

    static ApiException wrong(String name, JsonNode value, String expected) {
        String shown = value.isContainerNode() ? (value.isArray() ? "a list" : "an object") : value.toString();
        return ApiException.invalid(name, name + " is " + shortened(shown) + ", it must be " + expected);
    }

    /** What an error shows of a text of any length. */
    static String shortened(String text) {
        return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "...";
    }

    private static long wholeOf(String name, JsonNode value, long min, long max) {
        boolean isWhole = value.isIntegralNumber() && value.canConvertToLong();
        if (!isWhole || value.longValue() < min || value.longValue() > max) {
            throw wrong(name, value, "a whole number from " + min + " to " + max);
        }
        return value.longValue();
    }

    private static String boundedText(String name, JsonNode value, int longest) {
        if (!value.isTextual()) {
            throw wrong(name, value, "a string");
        }
        String text = value.textValue();
        if (text.isEmpty() || text.length() > longest) {
            throw ApiException.invalid(
                    name, name + " has " + text.length() + " characters, it must have 1 to " + longest);
        }
        return text;
    }
}
