package troupe.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The byte-level alphabet of GPT-2: every byte is one visible character, so that vocabularies are plain text. The
 * printable characters of Latin-1 stand for themselves, the other 68 bytes in order for U+0100 to U+0143.
 */
final class ByteLevelAlphabet {
    private static final int MOVED = 0x100;
    private static final char[] CHARACTER_OF_BYTE = new char[256];
    /** The byte of a character, or -1. */
    private static final short[] BYTE_OF_CHARACTER = new short[MOVED + 68];

    static {
        Arrays.fill(BYTE_OF_CHARACTER, (short) -1);
        int moved = MOVED;
        for (int value = 0; value < 256; value++) {
            char character = (char) (isPrintable(value) ? value : moved++);
            CHARACTER_OF_BYTE[value] = character;
            BYTE_OF_CHARACTER[character] = (short) value;
        }
    }

    private ByteLevelAlphabet() {}

    private static boolean isPrintable(int latin1) {
        return (latin1 >= '!' && latin1 <= '~') || (latin1 >= 0xA1 && latin1 != 0xAD);
    }

    /** The character of a byte given as 0 to 255. */
    static char character(int value) {
        return CHARACTER_OF_BYTE[value];
    }

    /** The bytes that {@code token} spells; its UTF-8 bytes where it has a character outside the alphabet. */
    static byte[] bytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char character = token.charAt(i);
            short value = character < BYTE_OF_CHARACTER.length ? BYTE_OF_CHARACTER[character] : -1;
            if (value < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
