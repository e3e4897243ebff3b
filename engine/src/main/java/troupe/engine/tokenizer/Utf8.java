package troupe.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * UTF-8 decoding with one U+FFFD for each maximal invalid part, as the Unicode standard recommends and the WHATWG
 * Encoding standard requires.
 */
final class Utf8 {
    /** A byte that is invalid everywhere, and by itself. */
    private static final byte INVALID = (byte) 0xFF;

    private Utf8() {}

    /** The text of {@code bytes[0 .. length)}. */
    static String decode(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (isSurrogate(bytes, i, length)) {
                return new String(withoutSurrogates(bytes, length), StandardCharsets.UTF_8);
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Java takes an encoded surrogate (ED A0..BF xx) for one invalid part; by the standards it is three. */
    private static byte[] withoutSurrogates(byte[] bytes, int length) {
        byte[] clean = Arrays.copyOf(bytes, length);
        for (int i = 0; i < length; i++) {
            if (isSurrogate(bytes, i, length)) {
                clean[i] = INVALID;
            }
        }
        return clean;
    }

    private static boolean isSurrogate(byte[] bytes, int at, int length) {
        return bytes[at] == (byte) 0xED
                && at + 1 < length
                && bytes[at + 1] >= (byte) 0xA0
                && bytes[at + 1] <= (byte) 0xBF;
    }

    /** The length (0 to 3) of the suffix that may yet become a character: a proper prefix of a well-formed one. */
    static int incompleteSuffix(byte[] bytes) {
        for (int length = Math.min(3, bytes.length); length > 0; length--) {
            if (isProperPrefix(bytes, bytes.length - length, length)) {
                return length;
            }
        }
        return 0;
    }

    /** Whether {@code length} bytes begin a well-formed character that needs more (Unicode standard, table 3-7). */
    private static boolean isProperPrefix(byte[] bytes, int at, int length) {
        int lead = bytes[at] & 0xFF;
        int needed = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
        if (length >= needed) {
            return false;
        }
        for (int i = 1; i < length; i++) {
            int min = 0x80;
            int max = 0xBF;
            if (i == 1) {
                min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : min;
                max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : max;
            }
            int value = bytes[at + i] & 0xFF;
            if (value < min || value > max) {
                return false;
            }
        }
        return true;
    }
}
